#!/bin/sh
# Debian packages build from debian/ in a copy of the tree, hold what they should, and what they hold can be used. Takes
# minutes: only with CLINO_DEBIAN=1.
set -u
[ -n "${CLINO_DEBIAN:-}" ] || { echo "builds packages for minutes; CLINO_DEBIAN=1 asks for it"; exit 77; }
for program in dpkg-buildpackage dh dpkg-deb; do
  command -v $program >/dev/null || { echo "$program is not installed (dpkg-dev, debhelper)"; exit 77; }
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL debian: $*"; failed=1; }

mkdir "$tmp/clino" "$tmp/root"
git -c safe.directory="$PWD" ls-files 2>/dev/null | tar -cf - -T - | tar -xf - -C "$tmp/clino" || exit 1
[ -d "$tmp/clino/debian" ] || { echo "FAIL debian: no list of files from git"; exit 1; }
unset MAKEFLAGS MFLAGS MAKEOVERRIDES BUILD CC CXX CFLAGS SANITIZE
(cd "$tmp/clino" && DEB_BUILD_OPTIONS="nocheck parallel=2" dpkg-buildpackage -us -uc -b) > "$tmp/log" 2>&1 ||
  { bad "dpkg-buildpackage fails"; tail -30 "$tmp/log"; exit 1; }
if command -v lintian >/dev/null; then
  lintian --no-cfg --allow-root --suppress-tags initial-upload-closes-no-bugs "$tmp"/*.changes > "$tmp/lintian" 2>&1
  ! grep '^[EW]:' "$tmp/lintian" || bad "lintian complains"
fi
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
case $version in "$(sed -n 's/^.define CLINO_VERSION "\(.*\)"/\1/p' include/clino/status.h)-"*) ;; *) bad "changelog says $version" ;; esac
for package in clino clino-doc libclino0.1 libclino-io0.1 libclino-curvature0.1 libclino-dev; do
  deb=$(ls "$tmp/${package}_$version"_*.deb 2>/dev/null) || { bad "no package $package"; continue; }
  dpkg-deb -x "$deb" "$tmp/root"
done

lib=$(dirname "$(find "$tmp/root/usr/lib" -name libclino.so.0.1)")
export LD_LIBRARY_PATH="$lib"
"$tmp/root/usr/bin/diagnose" --version >/dev/null || bad "diagnose does not run"
[ -e "$tmp/root/usr/share/man/man1/diagnose.1.gz" ] || bad "no diagnose(1)"
[ -e "$tmp/root/usr/share/man/man3/clino_gap_new.3.gz" ] || bad "no clino_gap_new(3)"
export PKG_CONFIG_SYSROOT_DIR="$tmp/root" PKG_CONFIG_PATH="$lib/pkgconfig"
for use in core:clino io:clino-io curvature:clino-curvature; do
  # shellcheck disable=SC2046
  cc "tests/consumer/${use%:*}.c" -o "$tmp/t" $(pkg-config --cflags --libs "${use#*:}") && "$tmp/t" > /dev/null ||
    bad "a consumer of ${use#*:} does not build and run"
done
[ $failed -eq 0 ] && echo "$(ls "$tmp"/*.deb | wc -l) packages"
exit $failed

/* The report formats, in the order in which they are offered: REPORT(name) for the file report_NAME.c, which defines
 * clino__report_NAME. */
REPORT(text)
REPORT(json)
REPORT(junit)
REPORT(tap)
REPORT(github)
REPORT(sarif)
REPORT(html)

# clino_target(NAME FILE NEEDS STATIC_NEEDS): Clino::NAME is the shared library, Clino::NAME-static the static one;
# each where it is installed. Clino::NAME stands for the static one where there is no shared one.
function(clino_target name file needs static_needs)
  if(TARGET Clino::${name})
    return()
  endif()
  set(archive "${clino_lib}/lib${name}.a")
  if(EXISTS "${archive}")
    add_library(Clino::${name}-static STATIC IMPORTED GLOBAL)
    set_target_properties(Clino::${name}-static PROPERTIES IMPORTED_LOCATION "${archive}"
      INTERFACE_INCLUDE_DIRECTORIES "${clino_include}" INTERFACE_LINK_LIBRARIES "${static_needs}")
  endif()
  if(EXISTS "${clino_lib}/${file}")
    add_library(Clino::${name} SHARED IMPORTED GLOBAL)
    set_target_properties(Clino::${name} PROPERTIES IMPORTED_LOCATION "${clino_lib}/${file}"
      INTERFACE_INCLUDE_DIRECTORIES "${clino_include}" INTERFACE_LINK_LIBRARIES "${needs}")
  elseif(EXISTS "${archive}")
    add_library(Clino::${name} INTERFACE IMPORTED GLOBAL)
    set_target_properties(Clino::${name} PROPERTIES INTERFACE_LINK_LIBRARIES "Clino::${name}-static")
  endif()
  if(TARGET Clino::${name})
    set(Clino_${name}_FOUND TRUE PARENT_SCOPE)
  endif()
endfunction()


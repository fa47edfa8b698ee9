# The target `tidy`: clang-tidy over every source of the rooms and the program. Nearly all of its time goes into
# headers, so it reads some files of a target together, as one that includes them; a stamp each, so that a repeat checks
# only what changed. A header stands for all files: nobody keeps a list of who includes it.
find_program(PLIMSOLL_CLANG_TIDY NAMES clang-tidy-14 REQUIRED)
set(most_together 12)

get_property(rooms GLOBAL PROPERTY PLIMSOLL_ROOMS)
list(TRANSFORM rooms PREPEND plimsoll_ OUTPUT_VARIABLE checked_targets)
list(APPEND checked_targets plimsoll_cli plimsoll)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/*.h" "${PROJECT_SOURCE_DIR}/cli/*.h")

# plimsoll_tidy(TARGET FILE...): a rule that checks these sources of the target; its stamp joins `stamps`.
function(plimsoll_tidy target)
  list(GET ARGN 0 checked)
  cmake_path(RELATIVE_PATH checked BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
  set(stamp "${PROJECT_BINARY_DIR}/tidy/${name}.stamp")
  if(ARGC GREATER 2)
    list(TRANSFORM ARGN REPLACE "(.+)" "#include \"\\1\"  // NOLINT(bugprone-suspicious-include)\n"
                                       OUTPUT_VARIABLE includes)
    list(JOIN includes "" content)
    set(checked "${PROJECT_BINARY_DIR}/tidy/${name}")
    file(CONFIGURE OUTPUT "${checked}" CONTENT "${content}")
  else()
    cmake_path(GET stamp PARENT_PATH stamp_folder)
    file(MAKE_DIRECTORY "${stamp_folder}")
  endif()
  # The target that writes headers which the sources include.
  get_target_property(generated ${target} PLIMSOLL_GENERATED)
  if(NOT generated)
    set(generated "")
  endif()
  set(folders "$<FILTER:$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>,INCLUDE,.>")
  set(definitions "$<FILTER:$<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>,INCLUDE,.>")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND
      "${PLIMSOLL_CLANG_TIDY}" --quiet "--config-file=${PROJECT_SOURCE_DIR}/.clang-tidy" "${checked}" --
      -std=c++${CMAKE_CXX_STANDARD} -fPIC "$<$<BOOL:${folders}>:-I$<JOIN:${folders},;-I>>"
      "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS ${ARGN} ${headers} ${generated} "${PROJECT_SOURCE_DIR}/.clang-tidy"
    COMMENT "clang-tidy ${target}, ${name} and on"
    COMMAND_EXPAND_LISTS VERBATIM)
  set(stamps ${stamps} "${stamp}" PARENT_SCOPE)
endfunction()

set(stamps "")
foreach(target IN LISTS checked_targets)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  set(together "")
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}")
    # misc-unused-using-decls sees only the file that clang-tidy is started with; and a file that Highway compiles once
    # per SIMD target includes itself.
    file(STRINGS "${source}" alone REGEX "^( *using [A-Za-z_:]+::[A-Za-z_]+;|#define HWY_TARGET_INCLUDE)" LIMIT_COUNT 1)
    if(alone)
      plimsoll_tidy(${target} "${source}")
    else()
      list(APPEND together "${source}")
    endif()
  endforeach()
  while(together)
    list(SUBLIST together 0 ${most_together} files)
    list(REMOVE_ITEM together ${files})
    plimsoll_tidy(${target} ${files})
  endwhile()
endforeach()
add_custom_target(tidy DEPENDS ${stamps})

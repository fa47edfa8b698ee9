# The target `tidy`: clang-tidy over every source of the rooms and the program, a stamp a file, so that a repeat checks
# only what changed. A header stands for all files: nobody keeps a list of who includes it.
find_program(PLIMSOLL_CLANG_TIDY NAMES clang-tidy-14 REQUIRED)

get_property(rooms GLOBAL PROPERTY PLIMSOLL_ROOMS)
list(TRANSFORM rooms PREPEND plimsoll_ OUTPUT_VARIABLE checked_targets)
list(APPEND checked_targets plimsoll_cli plimsoll)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/*.h" "${PROJECT_SOURCE_DIR}/cli/*.h")

set(stamps "")
foreach(target IN LISTS checked_targets)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}" OUTPUT_VARIABLE file)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
    set(stamp "${PROJECT_BINARY_DIR}/tidy/${name}.stamp")
    cmake_path(GET stamp PARENT_PATH stamp_folder)
    file(MAKE_DIRECTORY "${stamp_folder}")
    add_custom_command(
      OUTPUT "${stamp}"
      COMMAND "${PLIMSOLL_CLANG_TIDY}" -p "${PROJECT_BINARY_DIR}" --quiet "${file}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
      DEPENDS "${file}" ${headers} "${PROJECT_SOURCE_DIR}/.clang-tidy"
      COMMENT "clang-tidy ${name}"
      VERBATIM)
    list(APPEND stamps "${stamp}")
  endforeach()
endforeach()
add_custom_target(tidy DEPENDS ${stamps})

# Installs into an empty prefix and runs the program from another folder. A model that exists only in the installed data
# proves that the program reads those, not the ones beside its sources.
set(prefix "${WORK_DIR}/prefix")
set(elsewhere "${WORK_DIR}/elsewhere")
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${elsewhere}")

function(run_elsewhere output)
  execute_process(
    COMMAND ${ARGN}
    WORKING_DIRECTORY "${elsewhere}"
    OUTPUT_VARIABLE printed
    ERROR_VARIABLE complaint
    RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: status ${status}\n${printed}${complaint}")
  endif()
  set(${output} "${printed}" PARENT_SCOPE)
endfunction()

run_elsewhere(ignored "${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${prefix}")

set(models "${prefix}/share/plimsoll/models")
file(READ "${models}/gemma-2b.yaml" model)
string(REGEX REPLACE "\nid: [^\n]*" "\nid: installed-only" model "${model}")
string(REGEX REPLACE "\nname: [^\n]*" "\nname: Installed Only" model "${model}")
string(REGEX REPLACE "\nnames: [^\n]*" "" model "${model}")
file(WRITE "${models}/installed-only.yaml" "${model}")

set(program "${prefix}/bin/plimsoll")
run_elsewhere(report "${program}" report --model installed-only --system rtx-4090-pc --no-changes)
if(NOT report MATCHES "^FITS")
  message(FATAL_ERROR "the installed program reports:\n${report}")
endif()

# Through a link, as a package manager's profile would have it.
file(CREATE_LINK "${program}" "${elsewhere}/plimsoll" SYMBOLIC)
run_elsewhere(shown "${elsewhere}/plimsoll" show model installed-only)

foreach(stray IN ITEMS CMakeLists.txt measurements/replay_serving.cc)
  if(EXISTS "${prefix}/share/plimsoll/hwdb/${stray}")
    message(FATAL_ERROR "installed among the data: hwdb/${stray}")
  endif()
endforeach()

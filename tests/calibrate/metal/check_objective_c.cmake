# cmake -DENGINE=engine -DTESTS=tests/calibrate/metal -DWORK=build/folder -DFILE=metal_device|misspelt -P ...
#
# Checks engine/calibrate/metal/metal_device.mm with clang++-19 against the declarations in stubs/. With
# FILE=misspelt a selector, and then a property, is misspelt in a copy, which must then be refused: the check sees something.
# Prints "skipped: ..." where there is no clang++-19.
find_program(CLANG clang++-19)
if(NOT CLANG)
  message("skipped: no clang++-19 (package clang-19)")
  return()
endif()

function(check file result_name)
  execute_process(
    COMMAND "${CLANG}" -x objective-c++ -std=c++20 -fsyntax-only -fobjc-arc -fblocks -fobjc-runtime=macosx-13 -Wall
            -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Wno-missing-field-initializers -Wno-nullability-completeness
            "-isystem${TESTS}/stubs" "-I${ENGINE}" "${file}"
    RESULT_VARIABLE result
    ERROR_VARIABLE errors)
  set(${result_name} "${result}" PARENT_SCOPE)
  set(errors "${errors}" PARENT_SCOPE)
endfunction()

set(source "${ENGINE}/calibrate/metal/metal_device.mm")
if(FILE STREQUAL "metal_device")
  check("${source}" result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${errors}")
  endif()
  return()
endif()

file(READ "${source}" text)
foreach(selector threadsPerThreadgroup GPUStartTime)
  string(REPLACE "${selector}" "${selector}s" misspelt "${text}")
  if(misspelt STREQUAL text)
    message(FATAL_ERROR "${selector} is not in ${source}")
  endif()
  set(copy "${WORK}/misspelt_${selector}.mm")
  file(WRITE "${copy}" "${misspelt}")
  check("${copy}" result)
  if(result EQUAL 0)
    message(FATAL_ERROR "a misspelt ${selector} was not seen")
  endif()
endforeach()

# cmake -DKERNELS=engine/calibrate/gpu/kernels -DPRELUDE=hip_prelude.h -DWORK=build/folder -DTARGET=gfx942 -P ...
#
# Compiles every kernel source to a linked code object with clang-19 and lld-19. Prints "skipped: ..." where the
# compiler or ROCm's device libraries are not installed.
find_program(CLANG clang++-19)
find_program(LLD ld.lld-19)
find_path(BITCODE ocml.bc PATHS /usr/lib/x86_64-linux-gnu/amdgcn/bitcode /opt/rocm/amdgcn/bitcode)
foreach(needed CLANG LLD BITCODE)
  if(NOT ${needed})
    message("skipped: no ${needed} (packages clang-19, lld-19, rocm-device-libs)")
    return()
  endif()
endforeach()

# Device libraries older than the target lack the file that names its version; a neighbour's stands in. The result
# shows that the sources compile and link for the target, it is not meant to run.
set(libraries "${WORK}/bitcode-${TARGET}")
file(MAKE_DIRECTORY "${libraries}")
file(GLOB files "${BITCODE}/*.bc")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  file(CREATE_LINK "${file}" "${libraries}/${name}" SYMBOLIC)
endforeach()
set(stand_in_gfx942 940)
set(stand_in_gfx1100 1036)
set(stand_in_gfx1151 1036)
string(REPLACE gfx "" number "${TARGET}")
if(NOT EXISTS "${libraries}/oclc_isa_version_${number}.bc")
  file(CREATE_LINK "${BITCODE}/oclc_isa_version_${stand_in_${TARGET}}.bc"
       "${libraries}/oclc_isa_version_${number}.bc" SYMBOLIC)
endif()

set(failed "")
foreach(name memory matrix_vector layer attention matrix_matrix)
  set(source "${WORK}/${name}-${TARGET}.hip")
  file(WRITE "${source}" "")
  foreach(part shapes platform common ${name})
    file(READ "${KERNELS}/${part}.cu.h" text)
    file(APPEND "${source}" "${text}")
  endforeach()
  execute_process(
    COMMAND "${CLANG}" -x hip -std=c++17 --offload-arch=${TARGET} --cuda-device-only --no-gpu-bundle-output -nogpuinc
            -O3 -Wall -Werror -Wno-unused-function "--rocm-device-lib-path=${libraries}" -include "${PRELUDE}"
            -c "${source}" -o "${WORK}/${name}-${TARGET}.co"
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(APPEND failed ${name})
  else()
    file(SIZE "${WORK}/${name}-${TARGET}.co" bytes)
    message("${name} for ${TARGET}: ${bytes} bytes")
  endif()
endforeach()
if(failed)
  message(FATAL_ERROR "does not compile for ${TARGET}: ${failed}")
endif()

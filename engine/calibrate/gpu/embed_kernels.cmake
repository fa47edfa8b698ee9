# cmake -DOUTPUT=embedded_kernels.h -DFOLDER=kernels -P embed_kernels.cmake
#
# Writes a header with each FOLDER/NAME.cu.h as `constexpr std::string_view NAME`, without any tool but CMake.
set(content "#pragma once\n#include <string_view>\nnamespace plimsoll::calibrate::embedded {\n")
file(GLOB files "${FOLDER}/*.cu.h")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND content "inline constexpr std::string_view ${name} = R\"kernel(${text})kernel\";\n")
endforeach()
string(APPEND content "}  // namespace plimsoll::calibrate::embedded\n")
file(WRITE "${OUTPUT}" "${content}")

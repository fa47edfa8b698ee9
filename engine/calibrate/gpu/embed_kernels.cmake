# cmake -DOUTPUT=embedded_kernels.h -DFOLDER=engine/calibrate -P embed_kernels.cmake
#
# Writes a header with FOLDER/gpu/kernels/NAME.cu.h and FOLDER/metal/kernels/NAME.metal as tables from NAME to text,
# without any tool but CMake.
set(content "#pragma once\n#include <map>\n#include <string>\n#include <string_view>\n")
string(APPEND content "namespace plimsoll::calibrate::embedded {\n")
string(APPEND content "using Files = std::map<std::string, std::string_view>;\n")
foreach(pattern gpu/kernels/*.cu.h metal/kernels/*.metal)
  string(REGEX MATCH "^[a-z]+" table "${pattern}")
  string(APPEND content "inline const Files& ${table}_files() {\n  static const Files files{\n")
  file(GLOB files "${FOLDER}/${pattern}")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    file(READ "${file}" text)
    string(APPEND content "{\"${name}\", R\"kernel(${text})kernel\"},\n")
  endforeach()
  string(APPEND content "};\n  return files;\n}\n")
endforeach()
string(APPEND content "}  // namespace plimsoll::calibrate::embedded\n")
file(WRITE "${OUTPUT}" "${content}")

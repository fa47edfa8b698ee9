// Committed expectations. PLIMSOLL_UPDATE_GOLDEN=1 rewrites them, and the difference is reviewed.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace plimsoll::test {

// The text of the golden file, after writing `actual` there where an update is asked for.
inline std::string golden_text(const std::string& path, const std::string& actual) {
  if (std::getenv("PLIMSOLL_UPDATE_GOLDEN")) std::ofstream(path) << actual;
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace plimsoll::test

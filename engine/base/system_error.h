// What the system says when a call fails.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace plimsoll {

// "recv: Connection reset by peer", with what errno says now.
inline std::string system_error_text(const std::string& call) {
  const int error = errno;  // before anything else changes it
  return call + ": " + std::generic_category().message(error);
}

}  // namespace plimsoll

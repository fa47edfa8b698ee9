// What resolvers share: a complaint is told, and there is no result then.
#pragma once

#include <string>
#include <utility>

#include "base/diagnostic.h"

namespace plimsoll {

class Refusing {
 protected:
  explicit Refusing(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void refuse(std::string code, const SourcePlace& place, std::string message,
              std::string expected = {}, std::string suggestion = {}) {
    failed_ = true;
    diagnostics_.error(std::move(code), place, std::move(message), std::move(expected),
                       std::move(suggestion));
  }

  Diagnostics& diagnostics_;
  bool failed_ = false;
};

}  // namespace plimsoll

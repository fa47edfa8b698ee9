// Lengths of the requests that benchmarks send (hwdb/lengths.yaml): data sets of conversations and
// questions, as log-normal distributions that are cut off where the benchmark cuts them off.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/figure.h"

namespace plimsoll {

struct TokenLengthSpec {
  Figure<double> mean;    // tokens
  Figure<double> sigma;   // standard deviation of the logarithm
  std::int64_t most = 0;  // none is longer; 0: no end of its own
};

struct RequestLengthSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;  // other spellings
  TokenLengthSpec prompt;
  TokenLengthSpec output;
};

using RequestLengthTable = std::map<std::string, RequestLengthSpec>;

// By id or name, folded; null where none goes by it.
const RequestLengthSpec* find_request_lengths(const RequestLengthTable& table,
                                              std::string_view name);

}  // namespace plimsoll

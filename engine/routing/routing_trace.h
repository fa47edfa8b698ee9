// A recorded choice of experts, to be replayed instead of the process.
//
// CSV. Lines that begin with '#' and empty lines are skipped. A first line that begins with a
// letter names the columns: `token` (or `step`), `layer` and one or more columns `expert`, all
// others are ignored. Without it a line is token,layer,expert[,expert…]. Several lines of one token
// and layer add up; lines may come in any order, each number counts from 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/diagnostic.h"
#include "routing/routing_process.h"

namespace plimsoll {

struct RoutingTrace {
  RoutingShape shape;  // layers and per_token as found; experts: the largest number + 1
  int tokens = 0;
  std::vector<std::uint16_t> experts;  // tokens x layers x per_token

  std::span<const std::uint16_t> token(int index) const;
};

// The next tokens of the process.
RoutingTrace record(RoutingProcess& process, int tokens);

// Every problem with line and column, the first 100; throws InputError when there are any. Codes:
// unreadable; bad-trace-header: a column is missing; bad-trace-number: not a whole number or out of
// range, or a line too short; bad-trace-gap: tokens or layers missing; bad-trace-width: another
// number of experts than the first token's first layer has; bad-trace-repeat: an expert twice in
// one layer of a token.
RoutingTrace read_routing_trace(const std::filesystem::path& file);

// token,layer,expert,expert,… under a header line. Throws InputError (unwritable).
void write_routing_trace(const RoutingTrace& trace, const std::filesystem::path& file);

}  // namespace plimsoll

// Changes from the command line: "path=value", as in --set workload.prompt=2048 or --set
// cluster.links.0.latency='5 us'.
//
// A path is keys and list positions (from 0; one past the end appends) joined by dots; a key with a
// dot in it is written in double quotes. Missing maps on the way are created. The value is YAML:
// text, [a, b] or {a: b}. Places of overridden values name "--set PATH". Codes: bad-override,
// out-of-range and those of config/document.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "config/node.h"

namespace plimsoll {

// The tree with one assignment applied; unchanged after a complaint.
Node apply_override(const Node& root, std::string_view assignment, Diagnostics& diagnostics);

// All assignments in order; later ones win.
Node apply_overrides(Node root, std::span<const std::string> assignments, Diagnostics& diagnostics);

}  // namespace plimsoll

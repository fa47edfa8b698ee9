// A scenario as assignments of --set, so that a point of a sweep is the scenario with some of them
// replaced, and no file is read twice.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "scenario/scenario.h"

namespace plimsoll {

// spec_from(assignments_of(spec)) is the spec again.
std::vector<std::string> assignments_of(const ScenarioSpec& spec);

// Throws InputError.
ScenarioSpec spec_from(const std::vector<std::string>& assignments);

// What the scenario of these assignments takes at a path, as its reader says.
enum class PathKind { unknown, whole_number, number, quantity, other };
PathKind kind_of_path(const std::string& path, std::span<const std::string> base);

// A path that exists and resembles this one that does not; may be empty.
std::string nearest_path(const std::string& path);

// Keys and positions on the way: 2 for "workload.batch".
std::size_t path_depth(std::string_view path);

}  // namespace plimsoll

#include "sim/trace.h"

#include <stdexcept>

namespace plimsoll::sim {

TrackId Trace::add_track(std::string_view name) {
  tracks_.emplace_back(name);
  return TrackId(tracks_.size() - 1);
}

NameId Trace::add_name(std::string_view name) {
  names_.emplace_back(name);
  return NameId(names_.size() - 1);
}

void Trace::record(const Span& span) {
  if (index(span.track) >= tracks_.size())
    throw std::invalid_argument("a span of an unknown track");
  if (index(span.name) >= names_.size()) throw std::invalid_argument("a span of an unknown name");
  if (span.end < span.start) throw std::invalid_argument("a span ends before it starts");
  spans_.push_back(span);
}

}  // namespace plimsoll::sim

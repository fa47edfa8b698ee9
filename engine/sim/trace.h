// Recorded spans of a run: what happened where, from when to when. Only the data; writers of a
// format live elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sim_time.h"

namespace plimsoll::sim {

enum class TrackId : std::uint32_t {};
enum class NameId : std::uint32_t {};

struct Span {
  TrackId track{};
  NameId name{};
  Time start{};
  Time end{};
  friend bool operator==(const Span&, const Span&) = default;
};

// Whoever records takes a `Trace*` that is null by default: a run without a trace pays one
// comparison.
class Trace {
 public:
  TrackId add_track(std::string_view name);  // O(1), no look-up for a second track of the same name
  NameId add_name(std::string_view name);

  // Throws std::invalid_argument for a track or name that was not added, or a span that ends before
  // it starts.
  void record(const Span& span);

  // In the order of recording. Spans of one track may touch and nest; nothing sorts them.
  const std::vector<Span>& spans() const { return spans_; }
  const std::string& track_name(TrackId track) const { return tracks_.at(index(track)); }
  const std::string& name(NameId name) const { return names_.at(index(name)); }
  std::size_t track_count() const { return tracks_.size(); }

  void clear_spans() { spans_.clear(); }

 private:
  template <typename Id>
  static std::size_t index(Id id) {
    return static_cast<std::size_t>(id);
  }

  std::vector<std::string> tracks_;
  std::vector<std::string> names_;
  std::vector<Span> spans_;
};

}  // namespace plimsoll::sim

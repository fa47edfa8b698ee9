// The simulated token (or chunk of the prompt) laid out in rows, with level of detail. Without Qt.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

// The spans of one part, from its start; the same tracks.
Timeline part_of(const Timeline& timeline, const TimelinePart& part);

// "layer 12 routed experts" -> "routed experts": what spans of a colour have in common.
std::string_view class_of(std::string_view span_name);

// Where a span stands.
struct SpanPlace {
  int row = 0;
  int index = 0;
  friend bool operator==(const SpanPlace&, const SpanPlace&) = default;
};

// What is drawn as one: a span, or neighbours each narrower than a pixel.
struct TimelinePiece {
  int first = 0;  // spans of the row
  int last = 0;
  double start = 0.0;  // seconds
  double end = 0.0;
  double busy = 0.0;  // of its spans together
  int matches = 0;    // of its spans, that the search found
};

// A line of the drawing: spans of one track that do not overlap. A track has as many rows as it
// does things at once.
struct TimelineRow {
  int track = 0;
  std::string title;  // of the track; "GPU 0 queue (2)" for its second row
  // By start, and, as they do not overlap, by end.
  std::vector<double> starts;
  std::vector<double> ends;
  std::vector<int> names;  // into TimelineView::names()
};

class TimelineView {
 public:
  TimelineView() = default;
  // Of one part, as part_of() gives it.
  explicit TimelineView(const Timeline& timeline);

  const std::vector<TimelineRow>& rows() const { return rows_; }
  const std::vector<std::string>& names() const { return names_; }
  double length() const { return length_; }  // seconds
  std::size_t span_count() const;
  // Of a track, share of the length during which it does anything.
  double busy_share(int track) const { return busy_[static_cast<std::size_t>(track)]; }
  // The track that is busy longest; -1: there is none.
  int critical_track() const { return critical_; }

  // What to draw between two times when a pixel is `resolution` seconds wide: in
  // O(pixels log spans). The busy times of the pieces add up to that of the spans.
  std::vector<TimelinePiece> pieces(int row, double from, double to, double resolution) const;

  // The span drawn at a time, or the nearest within `tolerance`.
  std::optional<SpanPlace> span_at(int row, double time, double tolerance) const;
  std::string_view name(SpanPlace place) const;
  double start(SpanPlace place) const;
  double duration(SpanPlace place) const;
  // The class that most of some sampled spans of a piece have: its colour.
  std::string_view class_of_piece(int row, const TimelinePiece& piece) const;

  // Marks spans whose name contains the text, whatever its case; an empty text finds nothing.
  // Returns how many.
  std::size_t search(std::string_view text);
  bool is_match(SpanPlace place) const;
  // The next match after a place (before it: direction -1), by time over all rows; round again.
  std::optional<SpanPlace> next_match(std::optional<SpanPlace> from, int direction) const;

 private:
  void add_rows(const Timeline& timeline, int track);

  std::vector<TimelineRow> rows_;
  std::vector<std::vector<double>> busy_before_;  // by row: sums of durations
  std::vector<std::vector<int>> matches_before_;  // by row: counts
  std::vector<std::string> names_;
  std::vector<bool> matching_names_;
  std::vector<double> busy_;
  double length_ = 0.0;
  int critical_ = -1;
};

// Tabulator-separated: track, name, start and duration in seconds; for Copy as Text.
std::string timeline_table(const TimelineView& view);

// Round steps of a ruler: 1, 2 or 5 times a power of ten, at least `least` seconds.
double ruler_step(double least);

}  // namespace plimsoll::gui

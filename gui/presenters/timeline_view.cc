#include "presenters/timeline_view.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/quantity_text.h"
#include "report/trace_json.h"

namespace plimsoll::gui {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

Timeline part_of(const Timeline& timeline, const TimelinePart& part) {
  Timeline cut{.tracks = timeline.tracks, .names = timeline.names, .spans = {}, .parts = {part}};
  cut.parts.front().start = Seconds();
  cut.parts.front().end = part.end - part.start;
  for (TimelineSpan span : timeline.spans) {
    // A span without length at the border of two parts belongs to the earlier one, unless it starts
    // the timeline.
    const bool inside = span.start >= part.start && span.end <= part.end &&
                        (span.end > part.start || part.start == Seconds());
    if (!inside) continue;
    span.start -= part.start;
    span.end -= part.start;
    cut.spans.push_back(span);
  }
  return cut;
}

std::string_view class_of(std::string_view span_name) {
  constexpr std::string_view layer = "layer ";
  if (!span_name.starts_with(layer)) return span_name;
  const std::size_t digits_end = span_name.find_first_not_of("0123456789", layer.size());
  if (digits_end == layer.size() || digits_end == std::string_view::npos ||
      span_name[digits_end] != ' ')
    return span_name;
  return span_name.substr(digits_end + 1);
}

TimelineView::TimelineView(const Timeline& timeline) : names_(timeline.names) {
  for (const TimelinePart& part : timeline.parts) length_ = std::max(length_, part.end.base());
  for (const TimelineSpan& span : timeline.spans) length_ = std::max(length_, span.end.base());
  const std::vector<TrackUse> uses = track_use(timeline);
  for (std::size_t track = 0; track < uses.size(); ++track) {
    busy_.push_back(length_ > 0.0 ? uses[track].busy.base() / length_ : 0.0);
    const bool busiest = critical_ < 0 || busy_[track] > busy_[at(critical_)];
    if (uses[track].spans > 0 && busiest) critical_ = static_cast<int>(track);
    add_rows(timeline, static_cast<int>(track));
  }
  for (const TimelineRow& row : rows_) {
    std::vector<double> sums(1, 0.0);
    for (std::size_t i = 0; i < row.starts.size(); ++i)
      sums.push_back(sums.back() + (row.ends[i] - row.starts[i]));
    busy_before_.push_back(std::move(sums));
  }
  search({});
}

// Each span goes to the first row that is free by then.
void TimelineView::add_rows(const Timeline& timeline, int track) {
  std::vector<TimelineSpan> spans;
  for (const TimelineSpan& span : timeline.spans)
    if (span.track == track) spans.push_back(span);
  std::stable_sort(spans.begin(), spans.end(), [](const TimelineSpan& a, const TimelineSpan& b) {
    return std::tie(a.start, a.end) < std::tie(b.start, b.end);
  });
  const std::string& title = timeline.tracks[at(track)];
  const auto first = static_cast<std::ptrdiff_t>(rows_.size());
  rows_.push_back({.track = track, .title = title, .starts = {}, .ends = {}, .names = {}});
  for (const TimelineSpan& span : spans) {
    const double start = span.start.base();
    auto row = std::find_if(rows_.begin() + first, rows_.end(), [&](const TimelineRow& each) {
      return each.ends.empty() || each.ends.back() <= start;
    });
    if (row == rows_.end()) {
      const auto number = static_cast<std::ptrdiff_t>(rows_.size()) - first + 1;
      row = rows_.insert(rows_.end(), {.track = track,
                                       .title = title + " (" + std::to_string(number) + ")",
                                       .starts = {},
                                       .ends = {},
                                       .names = {}});
    }
    row->starts.push_back(start);
    row->ends.push_back(span.end.base());
    row->names.push_back(span.name);
  }
}

std::size_t TimelineView::span_count() const {
  std::size_t count = 0;
  for (const TimelineRow& row : rows_) count += row.starts.size();
  return count;
}

std::vector<TimelinePiece> TimelineView::pieces(int row_index, double from, double to,
                                                double resolution) const {
  const TimelineRow& row = rows_[at(row_index)];
  const std::vector<double>& busy = busy_before_[at(row_index)];
  const std::vector<int>& matches = matches_before_[at(row_index)];
  const std::size_t count = row.starts.size();
  std::vector<TimelinePiece> pieces;
  std::size_t i = static_cast<std::size_t>(
      std::lower_bound(row.ends.begin(), row.ends.end(), from) - row.ends.begin());
  while (i < count && row.starts[i] < to) {
    std::size_t next = i + 1;
    if (row.ends[i] - row.starts[i] < resolution) {
      const auto begin = row.starts.begin();
      next =
          static_cast<std::size_t>(std::lower_bound(begin + static_cast<std::ptrdiff_t>(next),
                                                    row.starts.end(), row.starts[i] + resolution) -
                                   begin);
      // Only the last that starts in this pixel can be wider than one: it stands for itself.
      if (next - i > 1 && row.ends[next - 1] - row.starts[next - 1] >= resolution) --next;
    }
    pieces.push_back({.first = static_cast<int>(i),
                      .last = static_cast<int>(next - 1),
                      .start = row.starts[i],
                      .end = row.ends[next - 1],
                      .busy = busy[next] - busy[i],
                      .matches = matches[next] - matches[i]});
    i = next;
  }
  return pieces;
}

std::optional<SpanPlace> TimelineView::span_at(int row_index, double time, double tolerance) const {
  if (row_index < 0 || at(row_index) >= rows_.size()) return std::nullopt;
  const TimelineRow& row = rows_[at(row_index)];
  if (row.starts.empty()) return std::nullopt;
  const auto after = std::upper_bound(row.starts.begin(), row.starts.end(), time);
  const auto next = static_cast<std::size_t>(after - row.starts.begin());
  const double to_next = next < row.starts.size() ? row.starts[next] - time : INFINITY;
  const double to_previous = next > 0 ? std::max(0.0, time - row.ends[next - 1]) : INFINITY;
  if (std::min(to_next, to_previous) > tolerance) return std::nullopt;
  const std::size_t nearest = to_previous <= to_next ? next - 1 : next;
  return SpanPlace{.row = row_index, .index = static_cast<int>(nearest)};
}

std::string_view TimelineView::name(SpanPlace place) const {
  return names_[at(rows_[at(place.row)].names[at(place.index)])];
}
double TimelineView::start(SpanPlace place) const {
  return rows_[at(place.row)].starts[at(place.index)];
}
double TimelineView::duration(SpanPlace place) const {
  return rows_[at(place.row)].ends[at(place.index)] - start(place);
}

std::string_view TimelineView::class_of_piece(int row, const TimelinePiece& piece) const {
  constexpr int most_samples = 8;
  const int count = piece.last - piece.first + 1;
  const int samples = std::min(count, most_samples);
  std::map<std::string_view, double> seconds;
  for (int sample = 0; sample < samples; ++sample) {
    const SpanPlace place{.row = row, .index = piece.first + sample * count / samples};
    seconds[class_of(name(place))] += duration(place);
  }
  return std::max_element(seconds.begin(), seconds.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

std::size_t TimelineView::search(std::string_view text) {
  matching_names_.clear();
  for (const std::string& name : names_)
    matching_names_.push_back(!text.empty() && contains(name, text));
  matches_before_.clear();
  std::size_t found = 0;
  for (const TimelineRow& row : rows_) {
    std::vector<int> counts(1, 0);
    for (const int name : row.names) counts.push_back(counts.back() + matching_names_[at(name)]);
    found += at(counts.back());
    matches_before_.push_back(std::move(counts));
  }
  return found;
}

bool TimelineView::is_match(SpanPlace place) const {
  return matching_names_[at(rows_[at(place.row)].names[at(place.index)])];
}

std::optional<SpanPlace> TimelineView::next_match(std::optional<SpanPlace> from,
                                                  int direction) const {
  using Key = std::tuple<double, int, int>;
  const auto key = [&](SpanPlace place) { return Key(start(place), place.row, place.index); };
  const auto before = [&](SpanPlace a, SpanPlace b) {
    return direction > 0 ? key(a) < key(b) : key(b) < key(a);
  };
  std::optional<SpanPlace> nearest;  // beyond `from`
  std::optional<SpanPlace> first;    // of all: where it starts over
  for (std::size_t row = 0; row < rows_.size(); ++row)
    for (std::size_t i = 0; i < rows_[row].names.size(); ++i) {
      const SpanPlace place{.row = static_cast<int>(row), .index = static_cast<int>(i)};
      if (!is_match(place)) continue;
      if (!first || before(place, *first)) first = place;
      const bool beyond = !from || before(*from, place);
      if (beyond && (!nearest || before(place, *nearest))) nearest = place;
    }
  return nearest ? nearest : first;
}

std::string timeline_table(const TimelineView& view) {
  std::string text = "track\tname\tstart_s\tduration_s\n";
  for (std::size_t row = 0; row < view.rows().size(); ++row)
    for (std::size_t i = 0; i < view.rows()[row].starts.size(); ++i) {
      const SpanPlace place{.row = static_cast<int>(row), .index = static_cast<int>(i)};
      text += view.rows()[row].title + '\t' + std::string(view.name(place)) + '\t' +
              print_number(view.start(place), 9) + '\t' + print_number(view.duration(place), 9) +
              '\n';
    }
  return text;
}

double ruler_step(double least) {
  if (!(least > 0.0)) return 1.0;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (factor * power >= least * (1.0 - 1e-9)) return factor * power;
  return 10.0 * power;
}

}  // namespace plimsoll::gui

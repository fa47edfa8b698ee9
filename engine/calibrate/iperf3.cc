#include "base/text.h"
#include "calibrate/tool_results.h"
#include "config/node_fields.h"

namespace plimsoll::calibrate {
namespace {

const Node* inside(const Node* map, std::string_view key) {
  return map ? map->find(key) : nullptr;
}

// Seconds for as many bytes as the test moved, by each interval's rate; those that the test omits
// (slow start) do not count.
std::vector<double> seconds_by_interval(const Node& file, double bytes) {
  std::vector<double> seconds;
  const Node* intervals = file.find("intervals");
  if (!intervals) return seconds;
  for (const Node& interval : intervals->items()) {
    const Node* sum = interval.find("sum");
    if (!sum || text_of(*sum, "omitted") == "true") continue;
    if (const auto rate = positive_of(*sum, "bits_per_second"))
      seconds.push_back(bytes * 8.0 / *rate);
  }
  return seconds;
}

std::string stream_text(const Node* test) {
  if (!test) return {};
  const std::string streams = text_of(*test, "num_streams");
  std::string text =
      text_of(*test, "protocol") + ", " + streams + (streams == "1" ? " stream" : " streams");
  if (text_of(*test, "reverse") == "1") text += ", received";
  if (text_of(*test, "bidir") == "1") text += ", both ways";
  return text;
}

// Under the load of the test itself, as TCP tells it.
void add_round_trip(const Node* end, const std::string& variant, std::vector<PointResult>& points) {
  const Node* streams = inside(end, "streams");
  if (!streams || streams->items().empty()) return;
  const Node* sender = streams->items().front().find("sender");
  const auto mean_us = sender ? positive_of(*sender, "mean_rtt") : std::nullopt;
  if (!mean_us) return;
  KernelCase of{
      .family = "link_round_trip", .variant = variant + ", under load", .work = {.items = 1.0}};
  points.push_back(told_point(std::move(of), *mean_us * 1e-6, 0.0, 1));
}

}  // namespace

std::optional<ToolResults> read_iperf3(const std::vector<Node>& values, Diagnostics& diagnostics) {
  const Node* start = values.empty() ? nullptr : values.front().find("start");
  if (!start || !text_of(*start, "version").starts_with("iperf")) return std::nullopt;
  ToolResults results{.program = text_of(*start, "version")};
  for (const Node& file : values) {
    if (const std::string error = text_of(file, "error"); !error.empty()) {
      diagnostics.error("malformed", file.place(), "the test failed: " + error);
      continue;
    }
    const Node* begin = file.find("start");
    const Node* end = file.find("end");
    const Node* received = inside(end, "sum_received");
    if (!received) received = inside(end, "sum");  // UDP
    const auto bytes = received ? positive_of(*received, "bytes") : std::nullopt;
    if (!bytes) {
      diagnostics.error("malformed", file.place(), "a test that moved nothing",
                        "end.sum_received.bytes");
      continue;
    }
    const Node* connecting = inside(begin, "connecting_to");
    auto& points =
        results.backend("link", connecting ? text_of(*connecting, "host") : std::string()).points;
    const std::string variant = stream_text(inside(begin, "test_start"));
    KernelCase of{.family = "link_bandwidth", .variant = variant, .work = {.bytes = *bytes}};
    if (const auto seconds = seconds_by_interval(file, *bytes); !seconds.empty())
      points.push_back(sampled_point(std::move(of), seconds));
    else if (const auto rate = positive_of(*received, "bits_per_second"))
      points.push_back(told_point(std::move(of), *bytes * 8.0 / *rate, 0.0, 1));
    add_round_trip(end, variant, points);
  }
  return results;
}

}  // namespace plimsoll::calibrate

#include <array>
#include <charconv>
#include <cmath>

#include "base/quantity_text.h"
#include "base/text.h"
#include "calibrate/profile.h"
#include "calibrate/profile_words.h"

namespace plimsoll::calibrate {
namespace {

// The shortest text that reads back to the same value.
std::string exact(double value) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string exact(int value) {
  return std::to_string(value);
}

// In double quotes; drivers and files may call things what they like.
std::string in_double_quotes(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x";
      quoted += hex[byte >> 4];
      quoted += hex[byte & 0xf];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

// "{a: 1, b: 2}", of what there is.
class FlowMap {
 public:
  FlowMap& add(std::string_view key, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + std::string(key) + ": " + value;
    return *this;
  }
  FlowMap& text(std::string_view key, const std::string& value) {
    return value.empty() ? *this : add(key, in_double_quotes(value));
  }
  FlowMap& flag(std::string_view key, bool value, bool usual) {
    return value == usual ? *this : add(key, truth(value));
  }
  bool empty() const { return text_.empty(); }
  std::string done() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string seconds_text(double seconds) {
  return print_exact(Seconds(seconds));
}

FlowMap condition_map(const Condition& condition) {
  FlowMap map;
  if (condition.clock_hz) map.add("clock", print_exact(Hertz(*condition.clock_hz)));
  if (condition.temperature_c) map.add("celsius", exact(*condition.temperature_c));
  if (condition.busy_share) map.add("busy_share", exact(*condition.busy_share));
  map.flag("busy", condition.busy, false);
  map.flag("throttled", condition.throttled, false);
  map.flag("warm", condition.warm, true);
  return map;
}

void add_condition(FlowMap& map, const Condition& condition) {
  const FlowMap inner = condition_map(condition);
  if (!inner.empty()) map.add("condition", inner.done());
}

void add_names(FlowMap& map, const std::string& family, const std::string& format,
               const std::string& variant) {
  map.text("family", family).text("format", format).text("variant", variant);
}

void add_rate(FlowMap& map, WorkKind per, double rate) {
  switch (per) {
    case WorkKind::bytes:
      map.add("bandwidth", print_exact(BytesPerSecond(rate)));
      return;
    case WorkKind::flop:
      map.add("compute", print_exact(FlopPerSecond(rate)));
      return;
    case WorkKind::items:
      map.add("per_second", exact(rate));
  }
}

std::string rate_line(const FamilyRate& rate) {
  const SweepFit& fit = rate.fit;
  FlowMap map;
  add_names(map, rate.family, rate.format, rate.variant);
  map.add("per", std::string(word_in(work_words, rate.per)));
  add_rate(map, rate.per, fit.rate);
  map.add("rate_error", exact(fit.rate_error)).flag("rate_is_a_bound", !fit.rate_known, false);
  if (fit.fixed_known)
    map.add("fixed", seconds_text(fit.fixed_s)).add("fixed_error", seconds_text(fit.fixed_error_s));
  map.add("range", "[" + exact(fit.work_low) + ", " + exact(fit.work_high) + "]")
      .add("residual", exact(fit.residual))
      .add("points", exact(fit.points))
      .add("samples", exact(rate.samples))
      .add("noise", exact(rate.noise));
  add_condition(map, rate.condition);
  return map.done();
}

std::string times_map(const SampleSummary& times) {
  return FlowMap()
      .add("median", seconds_text(times.median))
      .add("low", seconds_text(times.low))
      .add("high", seconds_text(times.high))
      .add("noise", exact(times.noise))
      .add("error", exact(times.error))
      .add("samples", exact(times.count))
      .done();
}

std::string work_map(const Work& work) {
  FlowMap map;
  if (work.bytes > 0.0) map.add("bytes", exact(work.bytes));
  if (work.flop > 0.0) map.add("flop", exact(work.flop));
  if (work.items > 0.0) map.add("items", exact(work.items));
  return map.done();
}

std::string shape_map(const std::map<std::string, std::int64_t>& shape) {
  FlowMap map;
  for (const auto& [name, size] : shape) map.add(in_double_quotes(name), std::to_string(size));
  return map.done();
}

std::string point_line(const PointResult& point) {
  const KernelCase& of = point.kernel_case;
  FlowMap map;
  add_names(map, of.family, of.format, of.variant);
  if (!of.shape.empty()) map.add("shape", shape_map(of.shape));
  map.add("work", work_map(of.work)).flag("by_flop", of.by_flop, false);
  map.add("status", std::string(word_in(status_words, point.status)));
  if (point.check.allowed > 0.0 && std::isfinite(point.check.worst_error))
    map.add("check", FlowMap()
                         .add("right", truth(point.check.right))
                         .add("worst_error", exact(point.check.worst_error))
                         .add("allowed", exact(point.check.allowed))
                         .done());
  if (point.status == PointStatus::measured) {
    map.add("times", times_map(point.times)).add("launches", exact(point.launches));
    if (point.slowing > 0.0) map.add("slowing", exact(point.slowing));
    add_condition(map, point.condition);
  }
  map.text("why", point.why);
  return map.done();
}

class ProfileText {
 public:
  std::string of(const Profile& profile) {
    line(0, "kind: profile");
    text(0, "name", profile.name);
    machine(profile.machine);
    line(0, "date: " + profile.date);
    text(0, "program", profile.program);
    text(0, "depth", profile.depth);
    line(0, profile.backends.empty() ? "backends: []" : "backends:");
    for (const BackendResult& each : profile.backends) backend(each);
    return std::move(text_);
  }

 private:
  void line(int indent, const std::string& content) {
    text_ += std::string(static_cast<std::size_t>(indent), ' ') + content + "\n";
  }
  void text(int indent, const std::string& key, const std::string& value) {
    if (!value.empty()) line(indent, key + ": " + in_double_quotes(value));
  }

  void machine(const MachineIdentity& machine) {
    FlowMap map;
    map.text("product", machine.product).text("cpu", machine.cpu);
    if (machine.cores > 0) map.add("cores", exact(machine.cores));
    if (machine.threads > 0) map.add("threads", exact(machine.threads));
    if (machine.memory > Bytes()) map.add("memory", print_exact(machine.memory));
    if (!machine.gpus.empty()) {
      std::vector<std::string> quoted;
      for (const std::string& gpu : machine.gpus) quoted.push_back(in_double_quotes(gpu));
      map.add("gpus", "[" + joined(quoted) + "]");
    }
    line(0, "machine: " + map.done());
  }

  void backend(const BackendResult& backend) {
    line(2, "- backend: " + backend.id);
    text(4, "device", backend.device);
    text(4, "entry", backend.entry);
    text(4, "driver", backend.version);
    const FlowMap condition = condition_map(backend.condition);
    if (!condition.empty()) line(4, "condition: " + condition.done());
    if (backend.stopped) line(4, "stopped: true");
    if (!backend.rates.empty()) line(4, "rates:");
    for (const FamilyRate& rate : backend.rates) line(6, "- " + rate_line(rate));
    if (!backend.points.empty()) line(4, "points:");
    for (const PointResult& point : backend.points) line(6, "- " + point_line(point));
  }

  std::string text_;
};

}  // namespace

std::string profile_yaml(const Profile& profile) {
  return ProfileText().of(profile);
}

}  // namespace plimsoll::calibrate

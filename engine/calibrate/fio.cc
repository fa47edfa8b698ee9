#include <algorithm>

#include "base/text.h"
#include "calibrate/tool_results.h"
#include "config/node_fields.h"

namespace plimsoll::calibrate {
namespace {

// The options of a job over those of all jobs.
class JobOptions {
 public:
  JobOptions(const Node& file, const Node& job)
      : all_(file.find("global options")), own_(job.find("job options")) {}

  std::string of(std::string_view key, const std::string& usual) const {
    for (const Node* options : {own_, all_})
      if (options && options->find(key)) return text_of(*options, key);
    return usual;
  }

 private:
  const Node* all_;
  const Node* own_;
};

// "4k", "1M", "4096B", "65536", "1MiB": with kb_base 1024, fio's default, k is 1024 bytes.
std::optional<double> fio_size(const std::string& text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto number = parse_number(text.substr(0, digits));
  if (!number || *number <= 0.0) return std::nullopt;
  if (digits == std::string::npos) return number;
  std::string unit;
  for (const char c : text.substr(digits))
    unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  constexpr double ki = 1024.0;
  if (unit == "b") return number;
  if (unit == "k" || unit == "kb" || unit == "kib") return *number * ki;
  if (unit == "m" || unit == "mb" || unit == "mib") return *number * ki * ki;
  if (unit == "g" || unit == "gb" || unit == "gib") return *number * ki * ki * ki;
  return std::nullopt;
}

std::string pattern_text(const JobOptions& options) {
  const bool direct = options.of("direct", "0") == "1";
  const bool random = options.of("rw", options.of("readwrite", "read")).starts_with("rand");
  return std::string(direct ? "direct" : "buffered") + ", " + (random ? "random" : "sequential") +
         ", " + options.of("ioengine", "psync") + ", queue depth " + options.of("iodepth", "1") +
         ", " + options.of("numjobs", "1") + " jobs";
}

// A request as the throughput has it: so many bytes after every bs / bandwidth.
void add_direction(const Node& job, const JobOptions& options, const char* direction, double block,
                   std::vector<PointResult>& points) {
  const Node* of = job.find(direction);
  const auto bandwidth = of ? positive_of(*of, "bw_bytes") : std::nullopt;
  if (!bandwidth) return;
  KernelCase kernel_case{.family = std::string("storage_") + direction,
                         .variant = pattern_text(options),
                         .shape = {{"block", static_cast<std::int64_t>(block)}},
                         .work = {.bytes = block, .items = 1.0}};
  const double mean = number_of(*of, "bw_mean").value_or(0.0);  // KiB/s, of half seconds
  const double deviation = number_of(*of, "bw_dev").value_or(0.0);
  const auto samples = integer_of(*of, "bw_samples").value_or(1);
  points.push_back(
      told_point(std::move(kernel_case), block / *bandwidth, mean > 0.0 ? deviation / mean : 0.0,
                 static_cast<int>(std::clamp<std::int64_t>(samples, 1, 1'000'000'000))));
}

}  // namespace

std::optional<ToolResults> read_fio(const std::vector<Node>& values, Diagnostics& diagnostics) {
  if (values.empty() || !values.front().find("fio version")) return std::nullopt;
  ToolResults results{.program = text_of(values.front(), "fio version")};
  for (const Node& file : values) {
    const Node* jobs = file.find("jobs");
    if (!jobs || jobs->items().empty()) {
      diagnostics.error("malformed", file.place(), "an output of fio without jobs", "key 'jobs'");
      continue;
    }
    for (const Node& job : jobs->items()) {
      const JobOptions options(file, job);
      const std::string size = options.of("bs", options.of("blocksize", "4096"));
      const auto block = fio_size(size);
      const std::string name = text_of(job, "jobname");
      const std::string device = options.of("filename", options.of("directory", name));
      auto& points = results.backend("storage", device).points;
      if (!block)
        diagnostics.warning("malformed", job.place(),
                            "job '" + name + "' mixes block sizes ('" + size + "'); it is left out",
                            "one bs for each job");
      else if (integer_of(job, "error").value_or(0) != 0)
        diagnostics.warning(
            "malformed", job.place(),
            "job '" + name + "' failed with error " + text_of(job, "error") + "; it is left out");
      else
        for (const char* direction : {"read", "write"})
          add_direction(job, options, direction, *block, points);
    }
  }
  return results;
}

}  // namespace plimsoll::calibrate

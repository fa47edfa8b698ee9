#include "calibrate/import_results.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/contains.h"
#include "base/text.h"
#include "calibrate/json_tree.h"
#include "calibrate/tool_results.h"
#include "catalog/date.h"

namespace plimsoll::calibrate {
namespace {

constexpr std::size_t most_bytes = std::size_t{64} << 20;

constexpr const char* known_programs =
    "JSON of llama-bench, vllm bench, fio, iperf3 or nvbandwidth, or the text of "
    "test-backend-ops perf";

std::optional<std::string> whole_file(const std::filesystem::path& path, Diagnostics& diagnostics) {
  std::error_code failed;
  std::ifstream stream(path, std::ios::binary);
  if (std::filesystem::is_directory(path, failed) || !stream) {
    diagnostics.error("unreadable", {.file = path.string()}, "the file cannot be opened");
    return std::nullopt;
  }
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() <= most_bytes) continue;
    diagnostics.error("too-large", {.file = path.string()},
                      "more than " + std::to_string(most_bytes) + " bytes");
    return std::nullopt;
  }
  return text;
}

// Where JSON begins: some programs write a few lines before it. Nothing where no line begins with a
// bracket.
struct JsonPart {
  std::string_view text;
  int first_line = 1;
};
std::optional<JsonPart> json_part(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(text.substr(0, end));
    if (content.starts_with('{') || content.starts_with('[')) return JsonPart{text, line};
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
  }
  return std::nullopt;
}

// An object a line: the first line is whole, and more follow.
bool is_json_lines(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  const std::string_view first = trimmed(text.substr(0, end));
  return first.starts_with('{') && first.ends_with('}');
}

std::vector<Node> json_values(const JsonPart& part, const std::string& file,
                              Diagnostics& diagnostics) {
  std::vector<Node> values;
  const auto add = [&](std::string_view text, int line) {
    auto value = parse_json_tree(text, file, line, diagnostics);
    if (value) values.push_back(std::move(*value));
    return value.has_value();
  };
  if (!is_json_lines(part.text)) {
    add(part.text, part.first_line);
    return values;
  }
  std::string_view text = part.text;
  for (int line = part.first_line; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!trimmed(text.substr(0, end)).empty() && !add(text.substr(0, end), line)) break;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::optional<ToolResults> results_of_json(const std::vector<Node>& values,
                                           Diagnostics& diagnostics) {
  constexpr std::array<JsonResultReader, 5> readers = {read_llama_bench, read_vllm_benchmark,
                                                       read_fio, read_iperf3, read_nvbandwidth};
  for (const JsonResultReader read : readers)
    if (auto results = read(values, diagnostics)) return results;
  return std::nullopt;
}

// What a machine may have done: from a picosecond to decades, and no more work than that of all
// machines there are.
bool is_believable(const PointResult& point) {
  constexpr double shortest_s = 1e-12;
  constexpr double longest_s = 1e9;
  constexpr double most_work = 1e24;
  constexpr double most_noise = 1e3;
  const Work& work = point.kernel_case.work;
  return point.times.median >= shortest_s && point.times.high <= longest_s &&
         point.times.noise <= most_noise && work.bytes <= most_work && work.flop <= most_work &&
         work.items <= most_work;
}

void drop_unbelievable(ToolResults& results, const std::string& file, Diagnostics& diagnostics) {
  std::size_t dropped = 0;
  for (BackendResult& backend : results.backends)
    dropped += std::erase_if(backend.points,
                             [](const PointResult& point) { return !is_believable(point); });
  if (dropped > 0)
    diagnostics.warning("malformed", {.file = file},
                        std::to_string(dropped) + (dropped == 1 ? " result" : " results") +
                            " that no machine can have had; left out");
}

std::optional<ToolResults> results_of(std::string_view text, const std::string& file,
                                      Catalog& catalog, Diagnostics& diagnostics) {
  Diagnostics own;
  std::optional<ToolResults> results;
  if (auto of_operators = read_backend_ops(text, file, catalog, own))
    results = std::move(of_operators);
  else if (const auto part = own.has_errors() ? std::nullopt : json_part(text))
    results = results_of_json(json_values(*part, file, own), own);
  if (!results && !own.has_errors())
    own.error("unsupported-file", {.file = file}, "the output of no program that is known",
              known_programs);
  if (results) drop_unbelievable(*results, file, own);
  diagnostics.append(own);
  return own.has_errors() ? std::nullopt : results;
}

bool holds_points(const Profile& profile) {
  return std::any_of(profile.backends.begin(), profile.backends.end(),
                     [](const BackendResult& backend) { return !backend.points.empty(); });
}

class ImportedProfile {
 public:
  void add(ToolResults results) {
    if (!results.cpu.empty()) profile_.machine.cpu = results.cpu;
    // Of several files the one that tells of most.
    if (results.gpus.size() > profile_.machine.gpus.size())
      profile_.machine.gpus = std::move(results.gpus);
    if (parse_date(results.date)) profile_.date = std::max(profile_.date, results.date);
    if (!contains(programs_, results.program)) programs_.push_back(results.program);
    for (BackendResult& backend : results.backends) profile_.backends.push_back(std::move(backend));
  }

  Profile take(const std::string& today) {
    std::sort(profile_.machine.gpus.begin(), profile_.machine.gpus.end());
    if (profile_.date.empty()) profile_.date = today;
    profile_.name = identity_text(profile_.machine);
    profile_.program = joined(programs_);
    std::erase_if(profile_.backends, [](const BackendResult& each) { return each.points.empty(); });
    for (BackendResult& backend : profile_.backends) backend.rates = fit_families(backend.points);
    return std::move(profile_);
  }

 private:
  Profile profile_;
  std::vector<std::string> programs_;
};

std::optional<Profile> finished(ImportedProfile& imported, const std::string& file,
                                const std::string& today, Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) return std::nullopt;
  Profile profile = imported.take(today);
  if (holds_points(profile)) return profile;
  diagnostics.error("malformed", {.file = file}, "no result that can be used");
  return std::nullopt;
}

}  // namespace

std::optional<Profile> import_text(std::string_view text, const std::string& file,
                                   const std::string& today, Catalog& catalog,
                                   Diagnostics& diagnostics) {
  Diagnostics own;
  ImportedProfile imported;
  if (auto results = results_of(text, file, catalog, own)) imported.add(std::move(*results));
  auto profile = finished(imported, file, today, own);
  diagnostics.append(own);
  return profile;
}

std::optional<Profile> import_results(const std::vector<std::filesystem::path>& files,
                                      const std::string& today, Catalog& catalog,
                                      Diagnostics& diagnostics) {
  Diagnostics own;
  ImportedProfile imported;
  for (const std::filesystem::path& file : files) {
    const auto text = whole_file(file, own);
    if (!text) continue;
    if (auto results = results_of(*text, file.string(), catalog, own))
      imported.add(std::move(*results));
  }
  auto profile = finished(imported, files.empty() ? "" : files.front().string(), today, own);
  diagnostics.append(own);
  return profile;
}

}  // namespace plimsoll::calibrate

#include <algorithm>

#include "base/quantity_text.h"
#include "base/text.h"
#include "base/utf8.h"
#include "calibrate/tool_results.h"

namespace plimsoll::calibrate {
namespace {

// "  MUL_MAT(type_a=q4_0,type_b=f32,m=4096,n=1,k=14336,bs=[1,1],…):  744 runs -  1353.10 us/run -
// 117.44 MFLOP/run -  86.79 GFLOPS"; operators that compute little end in "kB/run -  12.30 GB/s".
struct OpsLine {
  std::string op;
  std::map<std::string, std::string> parameters;
  int runs = 0;
  double seconds = 0.0;
  double flop = 0.0;
  double bytes = 0.0;
};

// At commas that are in no brackets.
std::map<std::string, std::string> split_parameters(std::string_view text) {
  std::map<std::string, std::string> parameters;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '[') ++depth;
    if (i < text.size() && text[i] == ']') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const std::string_view part = text.substr(begin, i - begin);
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos)
      parameters.emplace(part.substr(0, equals), part.substr(equals + 1));
    begin = i + 1;
  }
  return parameters;
}

// The number before that unit in "744 runs - 1353.10 us/run - …".
std::optional<double> number_before(std::string_view text, std::string_view unit) {
  const std::size_t at = text.find(unit);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = trimmed(text.substr(0, at));
  return parse_number(before.substr(before.find_last_of(' ') + 1));
}

double scaled(std::string_view text,
              std::initializer_list<std::pair<std::string_view, double>> units) {
  for (const auto& [unit, factor] : units)
    if (const auto number = number_before(text, unit)) return *number * factor;
  return 0.0;
}

std::optional<OpsLine> parse_ops_line(std::string_view line) {
  const std::size_t open = line.find('(');
  const std::size_t close = line.find("):");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  const std::string_view figures = line.substr(close + 2);
  const auto runs = number_before(figures, " runs");
  const auto us = number_before(figures, " us/run");
  if (!runs || !us || !(*us > 0.0)) return std::nullopt;
  return OpsLine{
      .op = std::string(trimmed(line.substr(0, open))),
      .parameters = split_parameters(line.substr(open + 1, close - open - 1)),
      .runs = static_cast<int>(std::clamp(*runs, 0.0, 1e9)),
      .seconds = *us * 1e-6,
      .flop = scaled(
          figures,
          {{" TFLOP/run", 1e12}, {" GFLOP/run", 1e9}, {" MFLOP/run", 1e6}, {" kFLOP/run", 1e3}}),
      // Binary here: the program divides by 1024.
      .bytes = scaled(figures,
                      {{" GB/run", 1073741824.0}, {" MB/run", 1048576.0}, {" kB/run", 1024.0}})};
}

std::int64_t parameter(const OpsLine& line, const char* name) {
  const auto found = line.parameters.find(name);
  if (found == line.parameters.end()) return 0;
  return parse_integer(found->second).value_or(0);
}

std::string word_of_parameter(const OpsLine& line, const char* name) {
  const auto found = line.parameters.find(name);
  return found == line.parameters.end() ? std::string() : found->second;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  return text;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

// Of one matrix: products with several at once (bs) have no equal here.
bool is_plain_product(const OpsLine& line) {
  return line.op == "MUL_MAT" && parameter(line, "m") > 0 && parameter(line, "k") > 0 &&
         parameter(line, "n") > 0 && word_of_parameter(line, "bs") == "[1,1]";
}

// Weights at their exact block size, activations of 4 bytes.
KernelCase product_case(const OpsLine& line, Catalog& catalog) {
  const std::int64_t rows = parameter(line, "m");
  const std::int64_t columns = parameter(line, "k");
  const std::int64_t batch = parameter(line, "n");
  const std::string type = word_of_parameter(line, "type_a");
  Diagnostics unknown;
  const FormatSpec* format = catalog.format(upper(type), {}, unknown);
  const auto elements = static_cast<double>(rows) * static_cast<double>(columns);
  const auto values = static_cast<double>(rows + columns) * static_cast<double>(batch);
  KernelCase of{.family = batch == 1 ? "matrix_vector" : "matrix_matrix",
                .format = type,
                .variant = "ggml",
                .shape = {{"rows", rows}, {"columns", columns}, {"batch", batch}},
                .by_flop = batch > 1 || !format};
  of.work.flop = 2.0 * elements * static_cast<double>(batch);
  if (format) of.work.bytes = elements / format->block * format->block_bytes + 4.0 * values;
  return of;
}

KernelCase other_case(const OpsLine& line) {
  KernelCase of{
      .family = lower(line.op),
      .format = word_of_parameter(line, line.parameters.contains("type_a") ? "type_a" : "type"),
      .variant = "ggml",
      .by_flop = line.flop > 0.0};
  for (const auto& [name, value] : line.parameters)
    if (const auto number = parse_integer(value)) of.shape[name] = *number;
  of.work = {.bytes = line.bytes, .flop = line.flop, .items = 1.0};
  return of;
}

}  // namespace

std::optional<ToolResults> read_backend_ops(std::string_view text, const std::string& file,
                                            Catalog& catalog, Diagnostics& diagnostics) {
  if (text.find("us/run") == std::string_view::npos) return std::nullopt;
  if (const auto bad = first_invalid_utf8(text)) {
    diagnostics.error("not-text", {.file = file}, "byte " + std::to_string(*bad) + ": not UTF-8");
    return std::nullopt;
  }
  ToolResults results{.program = "test-backend-ops"};
  std::string backend = "CPU";
  std::string device;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with("Backend ") && line.find(": ") != std::string_view::npos) {
      backend = line.substr(line.find(": ") + 2);  // "Backend 1/2: CUDA0"
      device.clear();
    } else if (line.starts_with("Device description: ")) {
      device = line.substr(std::string_view("Device description: ").size());
    } else if (line.find("us/run") != std::string_view::npos) {
      const auto parsed = parse_ops_line(line);
      if (!parsed) {
        diagnostics.warning("malformed", {file, number, 1}, "a result that cannot be read",
                            "OP(…): N runs - T us/run - …");
        continue;
      }
      KernelCase of =
          is_plain_product(*parsed) ? product_case(*parsed, catalog) : other_case(*parsed);
      // How much runs differ the program does not tell.
      results.backend(backend_word(backend), device)
          .points.push_back(told_point(std::move(of), parsed->seconds, 0.0, parsed->runs));
    }
  }
  return results;
}

}  // namespace plimsoll::calibrate

#include "scenario/recorded_requests.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity_text.h"
#include "base/text.h"
#include "config/document.h"

namespace plimsoll {

namespace {

constexpr std::size_t most_records = 10'000'000;
constexpr std::size_t most_complaints = 20;

enum class RecordColumn { arrival, prompt, output };

std::optional<RecordColumn> column_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, RecordColumn>, 9> names = {{
      {"arrival", RecordColumn::arrival},
      {"arrival_time", RecordColumn::arrival},
      {"prompt", RecordColumn::prompt},
      {"prompt_tokens", RecordColumn::prompt},
      {"input_tokens", RecordColumn::prompt},
      {"input_toks", RecordColumn::prompt},
      {"output", RecordColumn::output},
      {"output_tokens", RecordColumn::output},
      {"output_toks", RecordColumn::output},
  }};
  for (const auto& [known, column] : names)
    if (name == known) return column;
  return std::nullopt;
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  while (true) {
    const std::size_t cut = line.find(',');
    cells.emplace_back(trimmed(line.substr(0, cut)));
    if (cut == std::string_view::npos) return cells;
    line.remove_prefix(cut + 1);
  }
}

class RecordReader {
 public:
  RecordReader(const std::filesystem::path& file, bool arrivals, Diagnostics& diagnostics)
      : file_(file.string()), arrivals_(arrivals), diagnostics_(diagnostics) {}

  std::vector<RecordedRequest> read(std::istream& in) {
    std::string line;
    while (complaints_ < most_complaints && records_.size() < most_records &&
           std::getline(in, line)) {
      ++line_;
      const std::string_view text = trimmed(line);
      if (text.empty()) continue;
      if (text.front() == '{')
        take(fields_of_json(text));
      else if (header_.empty())
        header_ = cells_of(text);
      else
        take(fields_of_csv(text));
    }
    if (records_.empty() && complaints_ == 0) complain("there are no requests in it");
    if (complaints_ > 0) return {};
    if (arrivals_) sort_by_arrival();
    return std::move(records_);
  }

 private:
  using Fields = std::map<RecordColumn, std::string>;

  void complain(std::string message) {
    ++complaints_;
    diagnostics_.error("bad-record", {.file = file_, .line = line_, .column = 1},
                       std::move(message),
                       arrivals_ ? "arrival in seconds, prompt and output in tokens"
                                 : "prompt and output in tokens");
  }

  Fields fields_of_csv(std::string_view text) {
    Fields fields;
    const std::vector<std::string> cells = cells_of(text);
    for (std::size_t i = 0; i < std::min(cells.size(), header_.size()); ++i)
      if (const auto column = column_of(header_[i])) fields[*column] = cells[i];
    return fields;
  }

  // A JSON object is a YAML map.
  Fields fields_of_json(std::string_view text) {
    Fields fields;
    Diagnostics problems;
    const Document document = Document::parse(text, file_, problems);
    for (const MapEntry& entry : document.root().entries())
      if (const auto column = column_of(entry.key)) fields[*column] = entry.value.text();
    return fields;
  }

  void take(const Fields& fields) {
    const auto text = [&](RecordColumn column) {
      const auto found = fields.find(column);
      return found == fields.end() ? std::string_view() : std::string_view(found->second);
    };
    const auto arrival = parse_number(text(RecordColumn::arrival));
    const auto prompt = parse_integer(text(RecordColumn::prompt));
    const auto output = parse_integer(text(RecordColumn::output));
    if (arrivals_ && !(arrival && std::isfinite(*arrival)))
      complain("this request has no arrival");
    else if (!prompt || *prompt < 1)
      complain("this request has no prompt");
    else if (!output || *output < 1)
      complain("this request has no output");
    else
      records_.push_back(
          {.arrival = Seconds(arrivals_ ? *arrival : 0.0), .prompt = *prompt, .output = *output});
  }

  void sort_by_arrival() {
    std::stable_sort(
        records_.begin(), records_.end(),
        [](const RecordedRequest& a, const RecordedRequest& b) { return a.arrival < b.arrival; });
    const Seconds first = records_.front().arrival;
    for (RecordedRequest& record : records_) record.arrival = record.arrival - first;
  }

  std::string file_;
  bool arrivals_;
  Diagnostics& diagnostics_;
  int line_ = 0;
  std::size_t complaints_ = 0;
  std::vector<std::string> header_;
  std::vector<RecordedRequest> records_;
};

}  // namespace

std::vector<RecordedRequest> read_recorded_requests(const std::filesystem::path& file,
                                                    bool arrivals, const SourcePlace& place,
                                                    Diagnostics& diagnostics) {
  std::error_code ignored;
  std::ifstream in(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file, ignored) || !in) {
    diagnostics.error("unreadable", place, "there is no file '" + file.string() + "' of requests",
                      "a CSV or JSON lines file, relative to the scenario's folder");
    return {};
  }
  return RecordReader(file, arrivals, diagnostics).read(in);
}

}  // namespace plimsoll

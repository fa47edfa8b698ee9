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

enum class RecordColumn { arrival, prompt, output, queued, first_token, last_token };

// What of a request counts.
enum class RecordUse { lengths, arrivals, answers };

std::optional<RecordColumn> column_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, RecordColumn>, 15> names = {{
      {"arrival", RecordColumn::arrival},
      {"arrival_time", RecordColumn::arrival},
      {"prompt", RecordColumn::prompt},
      {"prompt_tokens", RecordColumn::prompt},
      {"input_tokens", RecordColumn::prompt},
      {"input_toks", RecordColumn::prompt},
      {"output", RecordColumn::output},
      {"output_tokens", RecordColumn::output},
      {"output_toks", RecordColumn::output},
      {"queued", RecordColumn::queued},
      {"queued_ts", RecordColumn::queued},
      {"first_token", RecordColumn::first_token},
      {"first_token_ts", RecordColumn::first_token},
      {"last_token", RecordColumn::last_token},
      {"last_token_ts", RecordColumn::last_token},
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
  RecordReader(const std::filesystem::path& file, RecordUse use, Diagnostics& diagnostics)
      : file_(file.string()), use_(use), diagnostics_(diagnostics) {}

  std::vector<AnsweredRequest> read(std::istream& in) {
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
    if (arrivals()) sort_by_arrival();
    if (use_ == RecordUse::answers) count_from_arrivals();
    if (complaints_ > 0) return {};
    return std::move(records_);
  }

 private:
  using Fields = std::map<RecordColumn, std::string>;

  bool arrivals() const { return use_ != RecordUse::lengths; }

  void complain(std::string message) {
    ++complaints_;
    diagnostics_.error("bad-record", {.file = file_, .line = line_, .column = 1},
                       std::move(message),
                       arrivals() ? "arrival in seconds, prompt and output in tokens"
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
    const auto time = [&](RecordColumn column) {
      const auto seconds = parse_number(text(column));
      return seconds && std::isfinite(*seconds) ? seconds : std::nullopt;
    };
    const auto arrival = time(RecordColumn::arrival);
    const auto prompt = parse_integer(text(RecordColumn::prompt));
    const auto output = parse_integer(text(RecordColumn::output));
    const auto first = time(RecordColumn::first_token);
    const auto last = time(RecordColumn::last_token);
    if (arrivals() && !arrival)
      complain("this request has no arrival");
    else if (!prompt || *prompt < 1)
      complain("this request has no prompt");
    else if (!output || *output < 1)
      complain("this request has no output");
    else if (use_ == RecordUse::answers && !(first && last && *first <= *last))
      complain("this request has no first and last token");
    else
      keep({.request = {.arrival = Seconds(arrivals() ? *arrival : 0.0),
                        .prompt = *prompt,
                        .output = *output},
            .first_token = Seconds(first.value_or(0.0)),
            .last_token = Seconds(last.value_or(0.0))},
           time(RecordColumn::queued));
  }

  void keep(const AnsweredRequest& record, std::optional<double> queued) {
    if (queued)
      ahead_ = std::min(ahead_.value_or(Seconds(*queued) - record.request.arrival),
                        Seconds(*queued) - record.request.arrival);
    records_.push_back(record);
  }

  void sort_by_arrival() {
    std::stable_sort(records_.begin(), records_.end(),
                     [](const AnsweredRequest& a, const AnsweredRequest& b) {
                       return a.request.arrival < b.request.arrival;
                     });
    const Seconds first = records_.front().request.arrival;
    for (AnsweredRequest& record : records_) {
      record.request.arrival = record.request.arrival - first;
      record.first_token = record.first_token - first;
      record.last_token = record.last_token - first;
    }
  }

  void count_from_arrivals() {
    const Seconds ahead = ahead_.value_or(Seconds(0.0));
    for (AnsweredRequest& record : records_) {
      const Seconds arrival = record.request.arrival + ahead;
      record.first_token = record.first_token - arrival;
      record.last_token = record.last_token - arrival;
      if (record.first_token <= Seconds(0.0) && complaints_ < most_complaints)
        complain("a first token before its request, which arrived after " +
                 print_number(record.request.arrival.base()) + " s");
    }
  }

  std::string file_;
  RecordUse use_;
  Diagnostics& diagnostics_;
  int line_ = 0;
  std::size_t complaints_ = 0;
  std::vector<std::string> header_;
  std::vector<AnsweredRequest> records_;
  std::optional<Seconds> ahead_;  // the server's clock of the clients'
};

std::vector<AnsweredRequest> read_file(const std::filesystem::path& file, RecordUse use,
                                       const SourcePlace& place, Diagnostics& diagnostics) {
  std::error_code ignored;
  std::ifstream in(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file, ignored) || !in) {
    diagnostics.error("unreadable", place, "there is no file '" + file.string() + "' of requests",
                      "a CSV or JSON lines file, relative to the scenario's folder");
    return {};
  }
  return RecordReader(file, use, diagnostics).read(in);
}

}  // namespace

std::vector<RecordedRequest> read_recorded_requests(const std::filesystem::path& file,
                                                    bool arrivals, const SourcePlace& place,
                                                    Diagnostics& diagnostics) {
  const RecordUse use = arrivals ? RecordUse::arrivals : RecordUse::lengths;
  std::vector<RecordedRequest> requests;
  for (const AnsweredRequest& each : read_file(file, use, place, diagnostics))
    requests.push_back(each.request);
  return requests;
}

std::vector<AnsweredRequest> read_answered_requests(const std::filesystem::path& file,
                                                    const SourcePlace& place,
                                                    Diagnostics& diagnostics) {
  return read_file(file, RecordUse::answers, place, diagnostics);
}

}  // namespace plimsoll

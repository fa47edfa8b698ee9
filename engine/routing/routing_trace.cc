#include "routing/routing_trace.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/output_file.h"
#include "base/text.h"

namespace plimsoll {
namespace {

constexpr int most_tokens = 100'000'000;
constexpr int most_layers = 1000;
constexpr int most_experts = 65536;
constexpr std::size_t most_problems = 100;

struct Cell {
  std::string_view text;
  int column = 1;
};

struct Entry {
  int token = 0;
  int layer = 0;
  int expert = 0;
  int line = 0;
  int column = 0;  // of the expert
};

auto visit(const Entry& entry) {
  return std::tie(entry.token, entry.layer);
}

std::vector<Cell> cells_of(std::string_view line) {
  std::vector<Cell> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    const std::string_view text = trimmed(line.substr(begin, end - begin));
    const auto at = text.empty() ? begin : static_cast<std::size_t>(text.data() - line.data());
    cells.push_back({text, static_cast<int>(at) + 1});
    begin = end + 1;
  }
  return cells;
}

// Where the columns stand that are used.
struct Columns {
  std::optional<std::size_t> token = 0;
  std::optional<std::size_t> layer = 1;
  std::vector<std::size_t> experts;  // none: every column from the third on
};

class TraceReader {
 public:
  explicit TraceReader(std::string file) : file_(std::move(file)) {}

  RoutingTrace read(std::string_view text) {
    int line = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      take_line(text.substr(0, end), ++line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return visit(a) < visit(b); });
    if (entries_.empty() && problems_ == 0)
      report("bad-trace-gap", line, 0, "no token in the trace", "token,layer,expert,…");
    if (problems_ == 0) check_visits();
    throw_if_errors(diagnostics_);
    return build();
  }

 private:
  void report(std::string code, int line, int column, std::string message, std::string expected) {
    if (++problems_ > most_problems) return;
    diagnostics_.error(std::move(code), {.file = file_, .line = line, .column = column},
                       std::move(message), std::move(expected));
  }

  void take_line(std::string_view line, int number) {
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#') return;
    const std::vector<Cell> cells = cells_of(line);
    const char first = content.front();
    const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    if (!std::exchange(begun_, true) && letter) {
      take_header(cells, number);
    } else if (columns_.token && columns_.layer) {
      take_cells(cells, number);
    }
  }

  void take_header(const std::vector<Cell>& cells, int number) {
    columns_ = {.token = std::nullopt, .layer = std::nullopt, .experts = {}};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string_view name = cells[i].text;
      if (name == "token" || (name == "step" && !columns_.token)) columns_.token = i;
      if (name == "layer") columns_.layer = i;
      if (name == "expert") columns_.experts.push_back(i);
    }
    const auto require = [&](bool there, const std::string& name) {
      if (!there)
        report("bad-trace-header", number, 1, "no column is called '" + name + "'",
               "token,layer,expert in the first line");
    };
    require(columns_.token.has_value(), "token");
    require(columns_.layer.has_value(), "layer");
    require(!columns_.experts.empty(), "expert");
  }

  void take_cells(const std::vector<Cell>& cells, int number) {
    const auto token = take_number(cells, *columns_.token, number, most_tokens);
    const auto layer = take_number(cells, *columns_.layer, number, most_layers);
    for (const std::size_t column : expert_columns(cells)) {
      const auto expert = take_number(cells, column, number, most_experts);
      if (token && layer && expert)
        entries_.push_back({*token, *layer, *expert, number, cells[column].column});
    }
  }

  std::vector<std::size_t> expert_columns(const std::vector<Cell>& cells) const {
    if (!columns_.experts.empty()) return columns_.experts;
    std::vector<std::size_t> columns{2};
    while (columns.back() + 1 < cells.size()) columns.push_back(columns.back() + 1);
    return columns;
  }

  // A whole number below `bound`.
  std::optional<int> take_number(const std::vector<Cell>& cells, std::size_t column, int line,
                                 int bound) {
    const std::string expected = "a whole number from 0 to " + std::to_string(bound - 1);
    if (column >= cells.size()) {
      const Cell& last = cells.back();
      report("bad-trace-number", line, last.column + static_cast<int>(last.text.size()),
             "the line ends before column " + std::to_string(column + 1), expected);
      return std::nullopt;
    }
    const std::string_view text = cells[column].text;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value < bound)
      return value;
    report("bad-trace-number", line, cells[column].column,
           "'" + std::string(text.substr(0, 40)) + "' is no number of this trace", expected);
    return std::nullopt;
  }

  // Calls `use(first, last)` for the entries of each token and layer, in order.
  template <class Use>
  void for_visits(Use use) const {
    for (auto first = entries_.begin(); first != entries_.end();) {
      const auto last = std::find_if(
          first, entries_.end(), [&](const Entry& entry) { return visit(entry) != visit(*first); });
      use(first, last);
      first = last;
    }
  }

  void check_visits() {
    for (const Entry& entry : entries_) shape_.layers = std::max(shape_.layers, entry.layer + 1);
    int token = 0;
    int layer = 0;  // the one due
    for_visits([&](auto first, auto last) {
      check_gap(*first, token, layer);
      check_experts(first, last);
      const bool end_of_token = first->layer + 1 == shape_.layers;
      token = first->token + (end_of_token ? 1 : 0);
      layer = end_of_token ? 0 : first->layer + 1;
    });
    if (layer != 0)
      report("bad-trace-gap", entries_.back().line, 1,
             "token " + std::to_string(token) + " lacks layer " + std::to_string(layer),
             "every layer of every token");
  }

  void check_gap(const Entry& found, int token, int layer) {
    if (found.token == token && found.layer == layer) return;
    report("bad-trace-gap", found.line, 1,
           "token " + std::to_string(token) + ", layer " + std::to_string(layer) +
               " is missing before token " + std::to_string(found.token) + ", layer " +
               std::to_string(found.layer),
           "every layer of every token");
  }

  template <class Iterator>
  void check_experts(Iterator first, Iterator last) {
    const int width = static_cast<int>(last - first);
    if (shape_.per_token == 0) shape_.per_token = width;
    if (width != shape_.per_token)
      report("bad-trace-width", first->line, 1,
             std::to_string(width) + " experts of token " + std::to_string(first->token) +
                 ", layer " + std::to_string(first->layer),
             std::to_string(shape_.per_token) + " as in the first layer");
    for (auto entry = first; entry != last; ++entry) {
      if (std::any_of(first, entry, [&](const Entry& e) { return e.expert == entry->expert; }))
        report("bad-trace-repeat", entry->line, entry->column,
               "expert " + std::to_string(entry->expert) + " twice in layer " +
                   std::to_string(entry->layer) + " of token " + std::to_string(entry->token),
               "different experts");
    }
  }

  RoutingTrace build() const {
    RoutingTrace trace{.shape = shape_, .tokens = entries_.back().token + 1, .experts = {}};
    trace.experts.reserve(entries_.size());
    for (const Entry& entry : entries_) {
      trace.shape.experts = std::max(trace.shape.experts, entry.expert + 1);
      trace.experts.push_back(static_cast<std::uint16_t>(entry.expert));
    }
    return trace;
  }

  std::string file_;
  Diagnostics diagnostics_;
  std::size_t problems_ = 0;
  bool begun_ = false;
  Columns columns_;
  RoutingShape shape_;
  std::vector<Entry> entries_;
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open() || std::filesystem::is_directory(file)) {
    Diagnostics diagnostics;
    diagnostics.error("unreadable", {.file = file.string()}, "cannot read the routing trace",
                      "a CSV file");
    throw InputError(diagnostics);
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

std::span<const std::uint16_t> RoutingTrace::token(int index) const {
  const auto size =
      static_cast<std::size_t>(shape.layers) * static_cast<std::size_t>(shape.per_token);
  return std::span(experts).subspan(static_cast<std::size_t>(index) * size, size);
}

RoutingTrace record(RoutingProcess& process, int tokens) {
  RoutingTrace trace{.shape = process.shape(), .tokens = tokens, .experts = {}};
  for (int i = 0; i < tokens; ++i) {
    const auto token = process.next_token();
    trace.experts.insert(trace.experts.end(), token.begin(), token.end());
  }
  return trace;
}

RoutingTrace read_routing_trace(const std::filesystem::path& file) {
  return TraceReader(file.string()).read(content_of(file));
}

void write_routing_trace(const RoutingTrace& trace, const std::filesystem::path& file) {
  std::string text = "token,layer";
  for (int i = 0; i < trace.shape.per_token; ++i) text += ",expert";
  text += '\n';
  for (int token = 0; token < trace.tokens; ++token) {
    auto experts = trace.token(token).begin();
    for (int layer = 0; layer < trace.shape.layers; ++layer) {
      text += std::to_string(token) + ',' + std::to_string(layer);
      for (int i = 0; i < trace.shape.per_token; ++i) text += ',' + std::to_string(*experts++);
      text += '\n';
    }
  }
  write_file_atomically(file, text);
}

}  // namespace plimsoll

#include "import/json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "base/utf8.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr std::size_t longest_kept_list = 100'000;
constexpr std::size_t longest_name = 4096;

// What a file is refused for, besides not being JSON.
struct Refusal {
  std::string code;
  std::string message;
};

// Receives the events of the parser, which itself keeps no tree and does not recurse.
class Flattener final : public nlohmann::json_sax<json> {
 public:
  explicit Flattener(const JsonLimits& limits) : limits_(limits) {}

  Properties take() { return std::move(properties_); }
  std::vector<Refusal> refusals;
  std::optional<Malformed> broken;

  bool null() override { return scalar(std::monostate()); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value > largest) return scalar(static_cast<double>(value));
    return scalar(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // not in JSON

  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.key = level.prefix.empty() ? name : level.prefix + "." + name;
    if (level.key.size() > longest_name) return refuse("too-large", "a name of thousands of bytes");
    if (!level.keys.insert(name).second) repeat(level.key);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& mistake) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …"
    std::string text = mistake.what();
    const std::size_t colon = text.find(": ");
    if (colon != std::string::npos) text = text.substr(colon + 2);
    broken.emplace(position > 0 ? position - 1 : 0, "no JSON: " + text);
    return false;
  }

 private:
  struct Level {
    bool list = false;
    std::string prefix;          // what names of this object begin with
    std::string key;             // the whole name of the value that follows
    std::set<std::string> keys;  // of an object
    std::vector<std::int64_t> numbers;
    std::vector<std::string> texts;
    std::size_t length = 0;
  };

  bool refuse(const std::string& code, const std::string& message) {
    refusals.push_back({code, message});
    return false;
  }
  void repeat(const std::string& name) {
    if (refusals.empty()) refuse("duplicate-key", "the key " + in_quotes(name) + " stands twice");
  }

  bool keep(const std::string& name, Property value) {
    kept_ += name.size();
    // A long name around many short values would multiply the size of the file.
    if (kept_ > 8 * limits_.bytes) return refuse("too-large", "names too long to keep");
    const bool in_list = name.find("[]") != std::string::npos;
    if (!properties_.add(name, std::move(value)) && !in_list) repeat(name);
    return true;
  }

  bool count() {
    if (++values_ <= limits_.values) return true;
    return refuse("too-large", "more than " + std::to_string(limits_.values) + " values");
  }

  bool open(bool list) {
    if (static_cast<int>(levels_.size()) >= limits_.depth) {
      return refuse("too-deep", "nested more than " + std::to_string(limits_.depth) + " deep");
    }
    if (!count()) return false;
    if (levels_.empty() && list) return refuse("wrong-kind", "a list, where an object is due");
    Level level;
    level.list = list;
    if (!levels_.empty()) {
      Level& above = levels_.back();
      ++above.length;
      // What stands in lists has no name of its own; "[]" keeps it from taking another's.
      level.prefix = above.list ? above.prefix + "[]" : above.key;
    }
    levels_.push_back(std::move(level));
    return true;
  }

  bool close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (!level.list) return true;
    properties_.add_length(level.prefix, level.length);
    if (level.length == 0) return true;
    if (level.numbers.size() == level.length) return keep(level.prefix, std::move(level.numbers));
    if (level.texts.size() == level.length) return keep(level.prefix, std::move(level.texts));
    return true;
  }

  bool scalar(Property value) {
    if (!count()) return false;
    if (levels_.empty()) return refuse("wrong-kind", "a single value, where an object is due");
    Level& level = levels_.back();
    if (!level.list) return keep(level.key, std::move(value));
    if (++level.length > longest_kept_list) return true;
    if (const auto* number = std::get_if<std::int64_t>(&value)) level.numbers.push_back(*number);
    if (const auto* truth = std::get_if<bool>(&value)) level.numbers.push_back(*truth ? 1 : 0);
    if (auto* text = std::get_if<std::string>(&value)) level.texts.push_back(std::move(*text));
    return true;
  }

  JsonLimits limits_;
  Properties properties_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  std::uint64_t kept_ = 0;  // bytes of names
};

std::optional<std::string> read_whole(ByteSource& source, const JsonLimits& limits,
                                      const SourcePlace& place, Diagnostics& diagnostics) {
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (const std::size_t got = source.read(buffer.data(), buffer.size())) {
    text.append(buffer.data(), got);
    if (text.size() > limits.bytes) {
      diagnostics.error("too-large", place, "more than " + std::to_string(limits.bytes) + " bytes");
      return std::nullopt;
    }
  }
  return text;
}

// `shift`: where the text begins in the file.
std::optional<Properties> parse(const std::string& text, std::uint64_t shift,
                                const JsonLimits& limits, const SourcePlace& place,
                                Diagnostics& diagnostics) {
  if (const auto bad = first_invalid_utf8(text)) {
    diagnostics.error("not-text", place,
                      "byte " + std::to_string(shift + *bad) + ": not UTF-8 (or no JSON at all)");
    return std::nullopt;
  }
  Flattener flattener(limits);
  const bool whole = json::sax_parse(text, &flattener);
  for (const Refusal& refusal : flattener.refusals) {
    diagnostics.error(refusal.code, place, refusal.message);
  }
  if (flattener.broken) diagnostics.error("malformed", place, flattener.broken->what());
  if (!whole || !flattener.refusals.empty()) return std::nullopt;
  return flattener.take();
}

struct SafetensorsType {
  std::string_view name;
  int bits;
};
constexpr auto safetensors_types = std::to_array<SafetensorsType>(
    {{"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
     {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
     {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
     {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
     {"I64", 64},        {"U64", 64}});

// The header's JSON in which every tensor has three properties.
class SafetensorsTable {
 public:
  SafetensorsTable(const Properties& properties, const SourcePlace& file, Diagnostics& diagnostics)
      : properties_(properties), file_(file), diagnostics_(diagnostics) {}

  std::optional<SafetensorsHeader> run() {
    for (const auto& [name, value] : properties_.all()) {
      constexpr std::string_view metadata = "__metadata__.";
      if (name.starts_with(metadata)) {
        if (const auto* text = std::get_if<std::string>(&value))
          header_.metadata.emplace(name.substr(metadata.size()), *text);
        continue;
      }
      read_property(name);
    }
    place();
    if (failed_) return std::nullopt;
    return std::move(header_);
  }

 private:
  void complain(const std::string& message) {
    failed_ = true;
    diagnostics_.error("malformed", file_, message);
  }

  void read_property(const std::string& property) {
    const std::size_t dot = property.rfind('.');
    const std::string key = dot == std::string::npos ? "" : property.substr(dot + 1);
    const std::string name = property.substr(0, dot);
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      complain(in_quotes(property) + " belongs to no tensor");
    } else if (key == "dtype" || !properties_.text(name + ".dtype")) {
      // Each tensor is read once: at its dtype, or at whatever it has instead.
      if (key != "dtype" && key != "data_offsets") return;
      read_tensor(name);
    }
  }

  void read_tensor(const std::string& name) {
    StoredTensor tensor;
    tensor.name = name;
    const std::string* type = properties_.text(name + ".dtype");
    if (!type) return complain("tensor " + in_quotes(name) + " has no dtype");
    tensor.format = *type;
    const int bits = safetensors_bits(*type);
    if (bits == 0) {
      failed_ = true;
      diagnostics_.error("unsupported-file", file_,
                         "tensor " + in_quotes(name) + " has the unknown type " + in_quotes(*type));
      return;
    }
    if (read_shape(tensor) && read_offsets(tensor, bits)) {
      header_.tensors.push_back(std::move(tensor));
    }
  }

  bool read_shape(StoredTensor& tensor) {
    const std::string key = tensor.name + ".shape";
    const auto* shape = properties_.integers(key);
    const bool scalar = properties_.length(key) == std::uint64_t{0};
    if (!shape && !scalar) {
      complain("tensor " + in_quotes(tensor.name) + " has no shape");
      return false;
    }
    if (shape) tensor.shape = *shape;
    constexpr std::int64_t most_elements = std::int64_t{1} << 56;
    for (const std::int64_t length : tensor.shape) {
      if (length < 0 || (length > 0 && tensor.elements > most_elements / length)) {
        complain("tensor " + in_quotes(tensor.name) + " has a dimension of " +
                 std::to_string(length));
        return false;
      }
      tensor.elements *= length;
    }
    return true;
  }

  bool read_offsets(StoredTensor& tensor, int bits) {
    const auto* offsets = properties_.integers(tensor.name + ".data_offsets");
    if (!offsets || offsets->size() != 2 || offsets->front() < 0 ||
        offsets->back() < offsets->front()) {
      complain("tensor " + in_quotes(tensor.name) + " has no data_offsets [begin, end]");
      return false;
    }
    tensor.offset = static_cast<std::uint64_t>(offsets->front());
    tensor.bytes = static_cast<std::uint64_t>(offsets->back() - offsets->front());
    // Rounded up to whole bytes; 2^56 elements of 64 bits are 2^59 bytes.
    const auto due = static_cast<std::uint64_t>((tensor.elements / 8) * bits +
                                                (tensor.elements % 8 * bits + 7) / 8);
    if (tensor.bytes == due) return true;
    complain("tensor " + in_quotes(tensor.name) + " has " + std::to_string(tensor.bytes) +
             " bytes; its shape and type need " + std::to_string(due));
    return false;
  }

  void place() {
    auto& tensors = header_.tensors;
    std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
      return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
    });
    for (const StoredTensor& tensor : tensors) {
      if (tensor.offset != header_.data_bytes && !failed_) {
        complain("byte " + std::to_string(tensor.offset) + " of the data: tensor " +
                 in_quotes(tensor.name) +
                 (tensor.offset < header_.data_bytes ? " overlaps the one before it"
                                                     : " leaves a gap before it"));
      }
      header_.data_bytes = std::max(header_.data_bytes, tensor.offset + tensor.bytes);
    }
  }

  const Properties& properties_;
  SourcePlace file_;
  Diagnostics& diagnostics_;
  SafetensorsHeader header_;
  bool failed_ = false;
};

}  // namespace

std::optional<Properties> read_json(ByteSource& source, const std::string& file,
                                    Diagnostics& diagnostics, const JsonLimits& limits) {
  const SourcePlace place{.file = file};
  try {
    const auto text = read_whole(source, limits, place, diagnostics);
    if (!text) return std::nullopt;
    return parse(*text, 0, limits, place, diagnostics);
  } catch (const Malformed& mistake) {
    diagnostics.error("malformed", place, mistake.what());
    return std::nullopt;
  }
}

int safetensors_bits(std::string_view type) {
  const auto found = std::find_if(safetensors_types.begin(), safetensors_types.end(),
                                  [&](const SafetensorsType& each) { return each.name == type; });
  return found == safetensors_types.end() ? 0 : found->bits;
}

std::optional<SafetensorsHeader> read_safetensors(ByteSource& source, const std::string& file,
                                                  Diagnostics& diagnostics) {
  constexpr std::uint64_t length_bytes = 8;
  constexpr std::uint64_t longest_header = 100'000'000;
  // Six values a tensor: its object, type, shape and offsets with their lists.
  constexpr JsonLimits limits{.bytes = longest_header, .depth = 4, .values = 20'000'000};
  const SourcePlace place{.file = file};
  try {
    ByteReader bytes(source, length_bytes + longest_header);
    const std::uint64_t size = bytes.u64("the length of the header");
    if (size > longest_header) {
      throw Malformed(0, "a header of " + std::to_string(size) + " bytes; at most " +
                             std::to_string(longest_header) + " are allowed");
    }
    const std::string text = bytes.text(size, "the header");
    const auto properties = parse(text, length_bytes, limits, place, diagnostics);
    if (!properties) return std::nullopt;
    auto header = SafetensorsTable(*properties, place, diagnostics).run();
    if (!header) return std::nullopt;
    header->data_begin = bytes.offset();
    header->file_bytes = source.size();
    const std::uint64_t due = header->data_begin + header->data_bytes;
    if (header->file_bytes && *header->file_bytes < due) {
      diagnostics.warning("incomplete-file", place,
                          "the file has " + std::to_string(*header->file_bytes) + " of " +
                              std::to_string(due) + " bytes");
    }
    return header;
  } catch (const Malformed& mistake) {
    diagnostics.error("malformed", place, mistake.what());
    return std::nullopt;
  }
}

std::optional<SafetensorsIndex> read_safetensors_index(ByteSource& source, const std::string& file,
                                                       Diagnostics& diagnostics) {
  constexpr JsonLimits limits{.bytes = std::uint64_t{256} << 20, .depth = 8, .values = 5'000'000};
  const auto properties = read_json(source, file, diagnostics, limits);
  if (!properties) return std::nullopt;
  SafetensorsIndex index;
  std::set<std::string> files;
  constexpr std::string_view map = "weight_map.";
  for (const auto& [name, value] : properties->all()) {
    if (!name.starts_with(map)) continue;
    const auto* part = std::get_if<std::string>(&value);
    if (!part || part->empty() || part->find('/') != std::string::npos || *part == "..") {
      diagnostics.error(
          "malformed", {.file = file},
          "tensor " + in_quotes(name.substr(map.size())) + " lies in no file beside it");
      return std::nullopt;
    }
    files.insert(*part);
    ++index.tensors;
  }
  if (files.empty()) {
    diagnostics.error("malformed", {.file = file}, "there is no weight_map", "an index of tensors");
    return std::nullopt;
  }
  index.files.assign(files.begin(), files.end());
  if (const auto total = properties->integer("metadata.total_size"); total && *total >= 0) {
    index.total_bytes = static_cast<std::uint64_t>(*total);
  }
  return index;
}

}  // namespace plimsoll

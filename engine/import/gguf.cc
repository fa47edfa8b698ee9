#include "import/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <unordered_set>

#include "base/ceil_div.h"
#include "base/text.h"
#include "base/utf8.h"

namespace plimsoll {
namespace {

constexpr auto types = std::to_array<GgmlType>({
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},
    {3, "Q4_1", 32, 20},      {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 36},      {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},  {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},
    {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},  {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},   {39, "MXFP4", 32, 17},    {40, "NVFP4", 64, 36},
    {41, "Q1_0", 128, 18},    {42, "Q2_0", 64, 18},
});

constexpr std::uint32_t most_dimensions = 4;         // GGML_MAX_DIMS
constexpr std::uint64_t longest_key = 65535;         // of the specification
constexpr std::uint64_t longest_tensor_name = 1024;  // the specification says 64
constexpr std::uint64_t longest_kept_text = 4096;
constexpr std::uint64_t longest_kept_array = 4096;
constexpr std::uint64_t default_alignment = 32;

// enum gguf_type
enum class ValueType : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64,
};
constexpr std::uint32_t value_types = 13;

// Nothing for those of no fixed size.
std::size_t bytes_of(ValueType type) {
  constexpr std::array<std::size_t, value_types> sizes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return sizes[static_cast<std::size_t>(type)];
}

class GgufReader {
 public:
  GgufReader(ByteSource& source, const std::string& file, Diagnostics& diagnostics,
             const GgufLimits& limits)
      : bytes_(source, limits.header_bytes),
        limits_(limits),
        file_{.file = file},
        diagnostics_(diagnostics) {
    header_.file_bytes = source.size();
  }

  std::optional<GgufHeader> run() {
    try {
      if (!read_version()) return std::nullopt;
      read_body();
    } catch (const Malformed& mistake) {
      complain(mistake.what());
    }
    if (failed_) return std::nullopt;
    check_file_size();
    return std::move(header_);
  }

 private:
  void complain(const std::string& message) {
    failed_ = true;
    diagnostics_.error("malformed", file_, message);
  }
  void complain(std::uint64_t offset, const std::string& reason) {
    complain(Malformed(offset, reason).what());
  }
  bool refuse(const std::string& message, const std::string& expected) {
    diagnostics_.error("unsupported-file", file_, message, expected);
    return false;
  }

  bool read_version() {
    constexpr std::uint32_t magic = 0x46554747;  // "GGUF"
    if (bytes_.u32("the magic number") != magic) throw Malformed(0, "no GGUF file");
    const std::uint32_t version = bytes_.u32("the version");
    header_.version = version;
    if (version == 2 || version == 3) return true;
    constexpr std::uint32_t swapped_one = 0x01000000;
    constexpr std::uint32_t swapped_three = 0x03000000;
    if ((version & 0x00ffffff) == 0 && version >= swapped_one && version <= swapped_three) {
      return refuse("a big-endian GGUF file", "a little-endian one (gguf_convert_endian.py)");
    }
    return refuse("GGUF version " + std::to_string(version), "version 2 or 3");
  }

  void read_body() {
    const std::uint64_t tensors = bytes_.u64("the number of tensors");
    const std::uint64_t entries = bytes_.u64("the number of metadata entries");
    check_count(tensors, limits_.tensors, "tensors");
    check_count(entries, limits_.entries, "metadata entries");
    constexpr std::uint64_t smallest_entry = 8 + 4 + 1;
    constexpr std::uint64_t smallest_tensor = 8 + 4 + 4 + 8;
    bytes_.expect(entries, smallest_entry, "metadata entries");
    for (std::uint64_t i = 0; i < entries; ++i) read_entry();
    bytes_.expect(tensors, smallest_tensor, "tensors");
    for (std::uint64_t i = 0; i < tensors; ++i) read_tensor();
    place_data();
  }

  void check_count(std::uint64_t count, std::uint64_t most, const std::string& what) {
    if (count > most) {
      throw Malformed(bytes_.offset(), std::to_string(count) + " " + what + ", more than the " +
                                           std::to_string(most) + " that are read");
    }
  }

  std::string read_text(std::uint64_t longest, const char* what) {
    const std::uint64_t start = bytes_.offset();
    const std::uint64_t size = bytes_.u64(what);
    if (size > longest) {
      throw Malformed(start, std::string(what) + " of " + std::to_string(size) +
                                 " bytes; at most " + std::to_string(longest) + " are read");
    }
    std::string text = bytes_.text(size, what);
    if (const auto bad = first_invalid_utf8(text)) {
      throw Malformed(start + sizeof(std::uint64_t) + *bad, std::string(what) + " is not UTF-8");
    }
    return text;
  }

  ValueType read_value_type() {
    const std::uint64_t start = bytes_.offset();
    const std::uint32_t number = bytes_.u32("a value type");
    if (number >= value_types) {
      throw Malformed(start, "value type " + std::to_string(number) + " is unknown");
    }
    return static_cast<ValueType>(number);
  }

  void read_entry() {
    const std::uint64_t start = bytes_.offset();
    std::string key = read_text(longest_key, "a metadata key");
    const ValueType type = read_value_type();
    Property value = type == ValueType::array ? read_list(key) : read_value(type);
    const std::string name = in_quotes(key);
    if (!header_.metadata.add(std::move(key), std::move(value))) {
      complain(start, "the metadata key " + name + " stands twice");
    }
  }

  Property read_value(ValueType type) {
    if (type == ValueType::string) return read_string();
    const std::size_t size = bytes_of(type);
    const std::uint64_t raw = bytes_.number(size, "a metadata value");
    switch (type) {
      case ValueType::boolean:
        return raw != 0;
      case ValueType::float32:
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
      case ValueType::float64:
        return std::bit_cast<double>(raw);
      default:
        return whole(type, raw);
    }
  }

  static Property whole(ValueType type, std::uint64_t raw) {
    switch (type) {
      case ValueType::int8:
        return std::int64_t{static_cast<std::int8_t>(raw)};
      case ValueType::int16:
        return std::int64_t{static_cast<std::int16_t>(raw)};
      case ValueType::int32:
        return std::int64_t{static_cast<std::int32_t>(raw)};
      default:
        break;
    }
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (type == ValueType::uint64 && raw > largest) return static_cast<double>(raw);
    return static_cast<std::int64_t>(raw);
  }

  // Long texts (chat templates) are of no use here.
  Property read_string() {
    const std::uint64_t start = bytes_.offset();
    const std::uint64_t size = bytes_.u64("a text");
    if (size > longest_kept_text) {
      bytes_.skip(size, "a text");
      return std::monostate();
    }
    std::string text = bytes_.text(size, "a text");
    if (const auto bad = first_invalid_utf8(text)) {
      throw Malformed(start + sizeof(std::uint64_t) + *bad, "a text is not UTF-8");
    }
    return text;
  }

  Property read_list(const std::string& key) {
    const ValueType type = read_value_type();
    if (type == ValueType::array) {
      throw Malformed(bytes_.offset() - sizeof(std::uint32_t), "a list of lists");
    }
    const std::uint64_t length = bytes_.u64("the length of a list");
    header_.metadata.add_length(key, length);
    if (type == ValueType::string) {
      skip_strings(length);
      return std::monostate();
    }
    const std::size_t size = bytes_of(type);
    bytes_.expect(length, size, "values");
    const bool fractions = type == ValueType::float32 || type == ValueType::float64;
    if (fractions || length > longest_kept_array) {
      bytes_.skip(length * size, "a list");
      return std::monostate();
    }
    std::vector<std::int64_t> values;
    for (std::uint64_t i = 0; i < length; ++i) {
      const Property value = whole(type, bytes_.number(size, "a list"));
      const auto* number = std::get_if<std::int64_t>(&value);
      values.push_back(number ? *number : std::numeric_limits<std::int64_t>::max());
    }
    return values;
  }

  void skip_strings(std::uint64_t count) {
    bytes_.expect(count, sizeof(std::uint64_t), "texts");
    for (std::uint64_t i = 0; i < count; ++i) bytes_.skip(bytes_.u64("a text"), "a text");
  }

  void read_tensor() {
    const std::uint64_t start = bytes_.offset();
    StoredTensor tensor;
    tensor.name = read_text(longest_tensor_name, "a tensor name");
    read_shape(tensor);
    const std::uint64_t type_offset = bytes_.offset();
    const std::uint32_t number = bytes_.u32("a tensor type");
    tensor.offset = bytes_.u64("a tensor offset");
    if (const GgmlType* type = ggml_type(number)) {
      tensor.format = type->name;
      set_bytes(tensor, *type, type_offset);
    } else {
      tensor.format = "type " + std::to_string(number);
    }
    if (!names_.insert(tensor.name).second) {
      complain(start, "two tensors are called " + in_quotes(tensor.name));
    }
    starts_.push_back(start);
    header_.tensors.push_back(std::move(tensor));
  }

  void read_shape(StoredTensor& tensor) {
    const std::uint64_t start = bytes_.offset();
    const std::uint32_t dimensions = bytes_.u32("the number of dimensions");
    if (dimensions > most_dimensions) {
      throw Malformed(start, std::to_string(dimensions) + " dimensions; a tensor has at most " +
                                 std::to_string(most_dimensions));
    }
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      const std::uint64_t at = bytes_.offset();
      const std::uint64_t length = bytes_.u64("a dimension");
      constexpr std::int64_t most_elements = std::int64_t{1} << 56;
      if (length == 0 || length > static_cast<std::uint64_t>(most_elements / tensor.elements)) {
        throw Malformed(at, "tensor " + in_quotes(tensor.name) + " has a dimension of " +
                                std::to_string(length));
      }
      tensor.shape.push_back(static_cast<std::int64_t>(length));
      tensor.elements *= tensor.shape.back();
    }
  }

  void set_bytes(StoredTensor& tensor, const GgmlType& type, std::uint64_t offset) {
    const std::int64_t row = tensor.shape.empty() ? 1 : tensor.shape.front();
    if (row % type.block != 0) {
      complain(offset, "rows of " + std::to_string(row) + " in tensor " + in_quotes(tensor.name) +
                           " are no multiple of the " + std::to_string(type.block) +
                           " weights of a " + std::string(type.name) + " block");
      return;
    }
    tensor.bytes = static_cast<std::uint64_t>(tensor.elements / type.block) * type.bytes;
  }

  std::uint64_t alignment() {
    const std::optional<std::int64_t> given = header_.metadata.integer("general.alignment");
    if (!given) return default_alignment;
    constexpr std::int64_t largest = 1 << 20;
    if (*given >= 1 && *given <= largest && std::has_single_bit(static_cast<std::uint64_t>(*given)))
      return static_cast<std::uint64_t>(*given);
    complain("general.alignment is " + std::to_string(*given) + " and no power of two");
    return default_alignment;
  }

  void place_data() {
    const std::uint64_t unit = alignment();
    header_.data_begin = round_up(bytes_.offset(), unit);
    std::vector<std::size_t> order(header_.tensors.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(header_.tensors[a].offset, a) < std::pair(header_.tensors[b].offset, b);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
      StoredTensor& tensor = header_.tensors[order[i]];
      const bool last = i + 1 == order.size();
      check_place(tensor, starts_[order[i]], unit, last ? nullptr : &header_.tensors[order[i + 1]]);
    }
  }

  void check_place(StoredTensor& tensor, std::uint64_t start, std::uint64_t unit,
                   const StoredTensor* next) {
    if (tensor.offset % unit != 0) {
      complain(start, "tensor " + in_quotes(tensor.name) + " begins at " +
                          std::to_string(tensor.offset) + ", no multiple of the alignment " +
                          std::to_string(unit));
    }
    // Of a type nobody here knows the bytes still show, up to padding, in where the next begins.
    const bool known = !tensor.format.starts_with("type ");
    if (!known && next) tensor.bytes = next->offset - tensor.offset;
    constexpr std::uint64_t most_bytes = std::uint64_t{1} << 62;
    if (tensor.offset > most_bytes) {
      complain(start, "tensor " + in_quotes(tensor.name) + " begins at " +
                          std::to_string(tensor.offset) + ", beyond every file");
      return;
    }
    const std::uint64_t end = tensor.offset + tensor.bytes;
    if (next && end > next->offset) {
      complain(start,
               "tensors " + in_quotes(tensor.name) + " and " + in_quotes(next->name) + " overlap");
    }
    header_.data_bytes = std::max(header_.data_bytes, end);
  }

  void check_file_size() {
    if (!header_.file_bytes) return;
    const std::uint64_t due = header_.data_bytes == 0 ? 0 : header_.data_begin + header_.data_bytes;
    if (*header_.file_bytes >= due) return;
    diagnostics_.warning("incomplete-file", file_,
                         "the file has " + std::to_string(*header_.file_bytes) + " of " +
                             std::to_string(due) + " bytes");
  }

  ByteReader bytes_;
  GgufLimits limits_;
  SourcePlace file_;
  Diagnostics& diagnostics_;
  bool failed_ = false;
  GgufHeader header_;
  std::unordered_set<std::string> names_;
  std::vector<std::uint64_t> starts_;  // of each tensor's line
};

}  // namespace

std::span<const GgmlType> ggml_types() {
  return types;
}

const GgmlType* ggml_type(std::uint32_t number) {
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const GgmlType& type) { return type.number == number; });
  return found == types.end() ? nullptr : &*found;
}

std::optional<GgufHeader> read_gguf(ByteSource& source, const std::string& file,
                                    Diagnostics& diagnostics, const GgufLimits& limits) {
  return GgufReader(source, file, diagnostics, limits).run();
}

}  // namespace plimsoll

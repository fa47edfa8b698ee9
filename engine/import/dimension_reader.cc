#include "import/dimension_reader.h"

#include <algorithm>

namespace plimsoll {

std::optional<std::int64_t> DimensionReader::common(const std::string& name) {
  const auto* values = properties_.integers(name);
  if (!values) return std::nullopt;
  std::int64_t found = 0;
  for (const std::int64_t value : *values) {
    if (value == 0 || value == found) continue;
    if (found != 0) {
      inconsistent("'" + name + "' differs between layers: " + std::to_string(found) + " and " +
                       std::to_string(value),
                   "one figure for all layers that have one");
      break;
    }
    found = value;
  }
  return found;
}

std::optional<std::int64_t> DimensionReader::number(Names names, std::string& name) {
  for (const std::string_view each : names) {
    name = full(each);
    if (const auto value = properties_.integer(name)) return value;
    if (const auto value = common(name)) return value;
    if (properties_.has(name)) {
      diagnostics_.error("wrong-kind", file_, "'" + name + "' is no whole number");
      return std::int64_t{0};
    }
  }
  return std::nullopt;
}

int DimensionReader::bounded(std::int64_t value, const std::string& name, int least, int most) {
  if (value >= least && value <= most) return static_cast<int>(value);
  diagnostics_.error("out-of-range", file_, "'" + name + "' is " + std::to_string(value),
                     std::to_string(least) + " to " + std::to_string(most));
  return least;
}

int DimensionReader::required(const char* figure, Names names, int most) {
  std::string name;
  if (const auto value = number(names, name)) return bounded(*value, name, 1, most);
  missing(figure, names);
  return 0;
}

int DimensionReader::value_or(Names names, int most, int fallback) {
  std::string name;
  const auto value = number(names, name);
  return value ? bounded(*value, name, 0, most) : fallback;
}

bool DimensionReader::truth_or(Names names, bool fallback) const {
  for (const std::string_view name : names) {
    if (const auto truth = properties_.truth(full(name))) return *truth;
  }
  return fallback;
}

bool DimensionReader::has(Names names) const {
  for (const std::string_view name : names) {
    if (properties_.has(full(name))) return true;
  }
  return false;
}

const std::vector<std::int64_t>* DimensionReader::integers(std::string_view name) const {
  return properties_.integers(full(name));
}

const std::vector<std::string>* DimensionReader::texts(std::string_view name) const {
  return properties_.texts(full(name));
}

std::string DimensionReader::text(std::string_view name) const {
  const std::string* found = properties_.text(full(name));
  return found ? *found : std::string();
}

void DimensionReader::missing(const char* figure, Names names) {
  std::string keys;
  for (const std::string_view name : names) keys += (keys.empty() ? "" : " or ") + full(name);
  missing_.push_back({figure, keys});
}

void DimensionReader::inconsistent(const std::string& message, const std::string& expected) {
  diagnostics_.error("inconsistent", file_, message, expected);
}

void mark_but_every(std::vector<LayerSpec>& layers, LayerAttention kind, int period, bool first) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool spared = period > 0 && (i + (first ? 0 : 1)) % static_cast<std::size_t>(period) == 0;
    if (!spared) layers[i].attention = kind;
  }
}

void mark_compressed(ModelSpec& model, const std::vector<std::int64_t>& ratios) {
  constexpr std::int64_t of_sparse = 4;  // as llama.cpp tells them apart
  for (std::size_t i = 0; i < std::min(ratios.size(), model.layers.size()); ++i) {
    LayerAttention& attention = model.layers[i].attention;
    const auto tokens = static_cast<int>(std::clamp<std::int64_t>(ratios[i], 0, 1'000'000));
    if (tokens == of_sparse) {
      attention = LayerAttention::compressed_sparse;
      model.attention.sparse_tokens = tokens;
    } else if (tokens > 1) {
      attention = LayerAttention::heavily_compressed;
      model.attention.heavy_tokens = tokens;
    }
  }
}

void limit_to_window(ModelSpec& model, int window, const Family& family) {
  const auto windowed = [](const LayerSpec& layer) {
    return layer.attention == LayerAttention::windowed;
  };
  if (std::none_of(model.layers.begin(), model.layers.end(), windowed)) return;
  model.window = window;
  model.full_size_cache = family.full_size_cache;
}

}  // namespace plimsoll

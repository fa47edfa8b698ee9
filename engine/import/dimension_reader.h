// Inside this room: figures of an architecture, read under one of several names.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "import/draft.h"

namespace plimsoll {

// The bounds of model files (catalog/model_reader.cc): what is imported must read back.
inline constexpr int most_layers = 1000;
inline constexpr int most_streams = 64;
inline constexpr int most_experts = 65536;
inline constexpr int largest_width = 1'000'000;
inline constexpr int largest_vocabulary = 10'000'000;
inline constexpr int longest_context = 1'000'000'000;

class DimensionReader {
 public:
  using Names = std::initializer_list<std::string_view>;

  DimensionReader(const Properties& properties, std::string prefix, const std::string& file,
                  Diagnostics& diagnostics)
      : properties_(properties),
        prefix_(std::move(prefix)),
        file_{.file = file},
        diagnostics_(diagnostics) {}

  // 1 to `most`; where none of the names is there, 0 and a line of missing().
  int required(const char* figure, Names names, int most);
  // 0 to `most`.
  int value_or(Names names, int most, int fallback);
  bool truth_or(Names names, bool fallback) const;
  bool has(Names names) const;
  // Full names.
  const std::vector<std::int64_t>* integers(std::string_view name) const;
  const std::vector<std::string>* texts(std::string_view name) const;
  std::string text(std::string_view name) const;

  void missing(const char* figure, Names names);
  void inconsistent(const std::string& message, const std::string& expected);
  std::vector<MissingFigure> take_missing() { return std::move(missing_); }

 private:
  std::string full(std::string_view name) const { return prefix_ + std::string(name); }
  // The number under the first name that is there; of a list by layer, the one that all layers
  // have that have any.
  std::optional<std::int64_t> number(Names names, std::string& name);
  std::optional<std::int64_t> common(const std::string& name);
  int bounded(std::int64_t value, const std::string& name, int least, int most);

  const Properties& properties_;
  std::string prefix_;
  SourcePlace file_;
  Diagnostics& diagnostics_;
  std::vector<MissingFigure> missing_;
};

// Layers that are windowed or linear but for every `period`-th; all of them where it is 0.
// The one spared is the last of a period, or the first.
void mark_but_every(std::vector<LayerSpec>& layers, LayerAttention kind, int period,
                    bool first = false);

// DeepSeek-V4's list of how many tokens an entry of a layer stands for, 0 or 1 where there are
// none; windowed layers otherwise.
void mark_compressed(ModelSpec& model, const std::vector<std::int64_t>& ratios);

// Gives the model its window, where any layer is windowed.
void limit_to_window(ModelSpec& model, int window, const Family& family);

}  // namespace plimsoll

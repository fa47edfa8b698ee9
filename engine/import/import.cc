#include "import/import.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <system_error>

#include "base/quantity_text.h"
#include "import/byte_source.h"
#include "import/gguf.h"
#include "import/json.h"
#include "import/model_yaml.h"
#include "import/nearest.h"
#include "import/own_recipe.h"
#include "import/packing.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

constexpr const char* from_input = "-";
constexpr const char* config_name = "config.json";
constexpr const char* index_name = "model.safetensors.index.json";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::optional<std::uint64_t> size_of(const fs::path& path) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(path, failed);
  return failed ? std::nullopt : std::optional<std::uint64_t>(size);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

enum class FileKind { gguf, safetensors, index, config, none };

FileKind kind_by_name(const fs::path& path) {
  const std::string name = lower(path.filename().string());
  if (name.ends_with(".gguf")) return FileKind::gguf;
  if (name.ends_with(".safetensors")) return FileKind::safetensors;
  if (name.ends_with(".index.json")) return FileKind::index;
  if (name.ends_with(".json")) return FileKind::config;
  return FileKind::none;
}

FileKind kind_by_content(std::string_view front) {
  if (front.starts_with("GGUF")) return FileKind::gguf;
  constexpr std::size_t length_bytes = 8;
  if (front.size() > length_bytes && front[length_bytes] == '{' && front[length_bytes - 1] == '\0')
    return FileKind::safetensors;
  const std::size_t first = front.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && front[first] == '{' ? FileKind::config : FileKind::none;
}

// "model-00001-of-00005.gguf": what part of how many, and what stands around.
struct PartName {
  std::string before;
  std::string after;
  int count = 0;
};
std::optional<PartName> part_name(const std::string& name) {
  constexpr std::string_view middle = "-of-";
  constexpr std::size_t digits = 5;
  const std::size_t at = name.rfind(middle);
  const std::size_t tail = at + middle.size() + digits;
  if (at == std::string::npos || at < digits + 1 || tail > name.size()) return std::nullopt;
  const std::string_view count = std::string_view(name).substr(at + middle.size(), digits);
  const auto number =
      parse_integer(count.substr(std::min(count.find_first_not_of('0'), digits - 1)));
  if (!number || *number < 1) return std::nullopt;
  return PartName{name.substr(0, at - digits), name.substr(tail), static_cast<int>(*number)};
}

std::string five_digits(int number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%05d", number);
  return text.data();
}

// The tensors of a file or of all its parts.
struct Stock {
  std::vector<StoredTensor> tensors;
  NameScheme scheme = NameScheme::gguf;
  bool complete = true;  // no part is missing
};

class Importer {
 public:
  Importer(fs::path path, std::string id, Catalog& catalog, Diagnostics& diagnostics)
      : path_(std::move(path)), id_(std::move(id)), catalog_(catalog), outer_(diagnostics) {}

  ImportResult run() {
    place_ = {.file = path_ == from_input ? "standard input" : path_.string()};
    std::error_code ignored;
    if (path_ != from_input && fs::is_directory(path_, ignored)) {
      read_folder();
    } else {
      read_file();
    }
    outer_.append(diagnostics_);
    return std::move(result_);
  }

 private:
  void refuse(const char* code, const std::string& message, const std::string& expected = {}) {
    diagnostics_.error(code, place_, message, expected);
  }

  void read_folder() {
    const fs::path folder = path_;
    for (const char* name : {index_name, "model.safetensors", config_name}) {
      if (!is_there(folder / name)) continue;
      path_ = folder / name;
      return read_file();
    }
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end;
         each.increment(failed)) {
      const std::string name = each->path().filename().string();
      const auto part = part_name(name);
      const bool later = part && name.find("-00001-of-") == std::string::npos;
      if (kind_by_name(name) == FileKind::gguf && !later) files.push_back(each->path());
    }
    if (files.size() == 1) {
      path_ = files.front();
      return read_file();
    }
    refuse("not-a-model",
           files.empty() ? "the folder holds no model"
                         : "the folder holds " + std::to_string(files.size()) + " GGUF files",
           files.empty() ? "config.json, .safetensors or .gguf files in it" : "the path of one");
  }

  std::unique_ptr<ByteSource> open(const fs::path& path) {
    return path == from_input ? standard_input() : open_file(path, diagnostics_);
  }

  void read_file() {
    const std::string input = place_.file;
    place_.file = path_ == from_input ? input : path_.string();
    std::unique_ptr<ByteSource> source = open(path_);
    if (!source) return;
    FileKind kind = kind_by_name(path_);
    if (kind == FileKind::none) {
      std::string front(16, '\0');
      front.resize(read_front(*source, front));
      kind = kind_by_content(front);
      source = with_front(std::move(front), std::move(source));
    }
    switch (kind) {
      case FileKind::gguf:
        return read_gguf_file(*source);
      case FileKind::safetensors:
        return read_safetensors_file(*source);
      case FileKind::index:
        return read_index(*source);
      case FileKind::config:
        return read_config(*source);
      case FileKind::none:
        return refuse("not-a-model", "the file is no model that can be read",
                      "a GGUF or safetensors file, config.json or model.safetensors.index.json");
    }
  }

  std::size_t read_front(ByteSource& source, std::string& front) {
    try {
      return source.read(front.data(), front.size());
    } catch (const Malformed& mistake) {
      refuse("malformed", mistake.what());
      return 0;
    }
  }

  // ----- GGUF

  void read_gguf_file(ByteSource& source) {
    std::optional<GgufHeader> header = read_gguf(source, place_.file, diagnostics_);
    if (!header) return;
    const std::int64_t number = header->metadata.integer("split.no").value_or(0);
    const std::int64_t parts = header->metadata.integer("split.count").value_or(0);
    if (number != 0) {
      return refuse("unsupported-file",
                    "part " + std::to_string(number + 1) + " of " + std::to_string(parts) +
                        " of a split model",
                    "the first part, which has the metadata");
    }
    const std::string* type = header->metadata.text("general.type");
    if (!header->metadata.text("general.architecture") || (type && *type != "model")) {
      return refuse("not-a-model", "the file is a GGUF file of no language model",
                    "general.architecture, and general.type: model");
    }
    Stock stock;
    file_ = header->file_bytes ? std::optional(Bytes(static_cast<double>(*header->file_bytes)))
                               : std::nullopt;
    kind_ = "GGUF version " + std::to_string(header->version);
    const ModelDraft draft = draft_of(*header, place_.file, diagnostics_);
    hint_.family = "gguf";
    if (const auto file_type = header->metadata.integer("general.file_type"))
      hint_.recipe = recipe_of_file_type(*file_type);
    hint_.method = hint_.recipe;
    name_ = gguf_name(header->metadata);
    stock.tensors = std::move(header->tensors);
    if (parts > 1) read_parts(parts, stock);
    if (stock.tensors.empty()) {
      stock.complete = false;
      diagnostics_.warning("incomplete-file", place_,
                           "the file lists no tensors; formats and bytes are those of a recipe");
    }
    finish(draft, stock);
  }

  static std::string gguf_name(const Properties& metadata) {
    const std::string* name = metadata.text("general.name");
    return name ? *name : std::string();
  }

  void read_parts(std::int64_t parts, Stock& stock) {
    constexpr std::int64_t most_parts = 10'000;
    kind_ += ", " + std::to_string(parts) + " parts";
    const auto name = part_name(path_.filename().string());
    if (path_ == from_input || !name || name->count != parts || parts > most_parts) {
      diagnostics_.warning("missing-part", place_,
                           "the file is the first of " + std::to_string(parts) +
                               " parts, and its name does not lead to the others",
                           "a name that ends in -00001-of-" +
                               five_digits(static_cast<int>(std::min(parts, most_parts))) +
                               ".gguf");
      stock.complete = false;
      return;
    }
    for (int part = 2; part <= name->count; ++part) {
      read_part(path_.parent_path() / (name->before + five_digits(part) + "-of-" +
                                       five_digits(name->count) + name->after),
                stock);
    }
  }

  void read_part(const fs::path& path, Stock& stock) {
    if (!is_there(path)) return miss(path, stock);
    const auto source = open_file(path, diagnostics_);
    const auto header =
        source ? read_gguf(*source, path.string(), diagnostics_) : std::optional<GgufHeader>();
    if (!header) return;
    stock.tensors.insert(stock.tensors.end(), header->tensors.begin(), header->tensors.end());
    add_file_size(path);
  }

  void miss(const fs::path& path, Stock& stock) {
    stock.complete = false;
    file_.reset();
    diagnostics_.warning("missing-part", {.file = path.string()}, "this part is not there");
  }
  void add_file_size(const fs::path& path) {
    const auto size = size_of(path);
    if (file_ && size) *file_ += Bytes(static_cast<double>(*size));
  }

  // ----- safetensors and config.json

  void read_safetensors_file(ByteSource& source) {
    if (path_ != from_input && part_name(path_.filename().string()) &&
        is_there(path_.parent_path() / index_name)) {
      path_ = path_.parent_path() / index_name;
      return read_file();
    }
    auto header = read_safetensors(source, place_.file, diagnostics_);
    if (!header) return;
    kind_ = "safetensors";
    if (header->file_bytes) file_ = Bytes(static_cast<double>(*header->file_bytes));
    Stock stock{.tensors = std::move(header->tensors), .scheme = NameScheme::safetensors};
    with_config(stock);
  }

  void read_index(ByteSource& source) {
    const auto index = read_safetensors_index(source, place_.file, diagnostics_);
    if (!index) return;
    kind_ = "safetensors, " + std::to_string(index->files.size()) + " parts";
    file_ = Bytes();
    Stock stock{.tensors = {}, .scheme = NameScheme::safetensors};
    for (const std::string& name : index->files) read_shard(path_.parent_path() / name, stock);
    with_config(stock);
  }

  void read_shard(const fs::path& path, Stock& stock) {
    if (!is_there(path)) return miss(path, stock);
    const auto source = open_file(path, diagnostics_);
    auto header = source ? read_safetensors(*source, path.string(), diagnostics_)
                         : std::optional<SafetensorsHeader>();
    if (!header) return;
    std::move(header->tensors.begin(), header->tensors.end(), std::back_inserter(stock.tensors));
    add_file_size(path);
  }

  void with_config(Stock& stock) {
    const fs::path config = path_.parent_path() / config_name;
    if (path_ == from_input || !is_there(config)) {
      refuse("not-a-model", "tensors alone do not tell the architecture",
             "a config.json beside the file");
      return;
    }
    const auto source = open_file(config, diagnostics_);
    const auto properties =
        source ? read_json(*source, config.string(), diagnostics_) : std::optional<Properties>();
    if (properties) finish_config(*properties, config.string(), stock);
  }

  void read_config(ByteSource& source) {
    const auto properties = read_json(source, place_.file, diagnostics_);
    if (!properties) return;
    if (properties->has_below("weight_map.")) {
      return refuse("not-a-model", "an index of tensors, not a configuration",
                    "its path, model.safetensors.index.json");
    }
    kind_ = config_name;
    Stock nothing{.tensors = {}, .scheme = NameScheme::safetensors, .complete = false};
    finish_config(*properties, place_.file, nothing);
  }

  void finish_config(const Properties& config, const std::string& file, Stock& stock) {
    const ModelDraft draft = draft_of(config, file, diagnostics_);
    hint_ = quantization_hint(config, file, diagnostics_);
    if (hint_.family == "mlx") kind_ = "MLX, " + kind_;
    if (const std::string* name = config.text("_name_or_path")) name_ = *name;
    finish(draft, stock);
  }

  // ----- the model

  void finish(ModelDraft draft, Stock& stock) {
    result_.architecture = draft.architecture;
    result_.missing = draft.missing;
    ModelSpec& model = draft.model;
    model.id = id_.empty() ? id_of_file(named_path()) : id_;
    model.name = name_.empty() ? model.id : name_;
    model.source = "D: imported from " + named_path().filename().string();
    model.place = place_;
    model.native_format = native_format();
    for (const MissingFigure& figure : draft.missing) {
      refuse("missing-key", "there is no " + figure.keys, "the model's " + figure.figure);
    }
    if (!diagnostics_.has_errors()) check(model);
    if (!diagnostics_.has_errors()) build(draft, stock);
    if (!draft.family && diagnostics_.has_errors()) doubt(draft);
    if (!result_.model) result_.skeleton = model_yaml(model, draft.missing);
  }

  // A config.json is called as its folder is.
  fs::path named_path() const {
    if (path_ == from_input) return "model";
    const FileKind kind = kind_by_name(path_);
    const fs::path folder = fs::absolute(path_).parent_path().filename();
    const bool generic = kind == FileKind::config || kind == FileKind::index ||
                         path_.filename() == "model.safetensors";
    return generic && !folder.empty() ? folder : path_.filename();
  }

  std::string native_format() {
    Diagnostics ignored;
    const bool known =
        !hint_.recipe.empty() && catalog_.quantization(hint_.recipe, {}, ignored) != nullptr;
    return known ? hint_.recipe : hint_.family == "gguf" ? "bf16" : "bf16-safetensors";
  }

  // What the reader of model files checks (catalog/model_reader.cc), besides bounds.
  void check(const ModelSpec& model) {
    const AttentionSpec& a = model.attention;
    if (a.kind == AttentionKind::gqa) {
      if (a.head_dim == 0) refuse("inconsistent", "heads of no width");
      if (a.kv_heads > 0 && a.heads % a.kv_heads != 0) {
        refuse("inconsistent", std::to_string(a.heads) + " query heads cannot share " +
                                   std::to_string(a.kv_heads) + " KV heads evenly");
      }
    }
    if (a.kind == AttentionKind::compressed && a.output_groups > 0 &&
        a.heads % a.output_groups != 0)
      refuse("inconsistent", std::to_string(a.heads) + " heads do not divide into " +
                                 std::to_string(a.output_groups) + " groups");
    if (model.moe && model.moe->experts_per_token > model.moe->experts)
      refuse("inconsistent", "more experts a token than experts");
    if (model.linear && (model.linear->v_dim == 0 || model.linear->k_heads == 0 ||
                         model.linear->v_heads % model.linear->k_heads != 0))
      refuse("inconsistent",
             "linear attention whose value heads do not share its key heads evenly");
    if (a.indexer && a.q_lora_rank == 0)
      refuse("inconsistent", "an indexer without a low-rank query");
  }

  void build(ModelDraft& draft, const Stock& stock) {
    ModelSpec& model = draft.model;
    ImportedModel imported;
    if (stock.complete) {
      model.norms_per_layer = norms_per_layer(stock.tensors, model.norms_per_layer);
      TensorTable table = sort_tensors(stock.tensors, stock.scheme, hint_.packing, model);
      believe_tensors(model, table);
      const MatchedTensors matched =
          match_tensors(model, table, place_.file, catalog_, diagnostics_);
      imported.tensors = matched.tensors;
      imported.exact = std::all_of(imported.tensors.begin(), imported.tensors.end(),
                                   [](const Tensor& tensor) { return tensor.format != nullptr; });
      imported.outside = std::move(table.outside);
      // Whose every tensor is explained needs no name that anybody knows.
      if (!draft.family && !matched.all_found) return doubt_tensors(draft);
      if (!draft.family) accept_unknown(draft);
      imported.quantization =
          nearest_quantization(model, imported.tensors, hint_.family, hint_.recipe, catalog_);
      take_own_recipe(model, imported);
    } else {
      if (!draft.family) return doubt_tensors(draft);
      imported.tensors = enumerate_tensors(model);
      predict_formats(model, imported);
    }
    fill(imported, model);
    result_.model = std::move(imported);
  }

  void take_own_recipe(const ModelSpec& model, ImportedModel& imported) {
    const NearestQuantization& nearest = imported.quantization;
    if (!nearest.compared || nearest.difference == Bytes()) return;
    Diagnostics ignored;
    const QuantizationSpec* like = catalog_.quantization(nearest.id, {}, ignored);
    std::optional<QuantizationSpec> own =
        like ? own_recipe(model, imported.tensors, *like) : std::nullopt;
    const std::optional<Bytes> bytes =
        own ? difference_from(*own, model, imported.tensors, catalog_) : std::nullopt;
    if (!bytes || *bytes >= nearest.difference) return;
    imported.recipe = std::move(own);
    imported.recipe_difference = *bytes;
  }

  // Without the tensors' own formats those of the recipe that the file names.
  void predict_formats(const ModelSpec& model, ImportedModel& imported) {
    Diagnostics ignored;
    const QuantizationSpec* recipe =
        hint_.recipe.empty() ? nullptr : catalog_.quantization(hint_.recipe, {}, ignored);
    if (!recipe) return;
    imported.quantization.id = recipe->id;
    assign_formats(imported.tensors, model, *recipe, {}, catalog_, diagnostics_);
  }

  void fill(ImportedModel& imported, ModelSpec& model) {
    imported.kind = kind_;
    imported.architecture = result_.architecture;
    if (!imported.quantization.id.empty()) model.native_format = imported.quantization.id;
    model.default_quantization = imported.recipe ? imported.recipe->id : imported.quantization.id;
    for (const Tensor& tensor : imported.tensors) imported.weights += tensor.bytes;
    imported.file = file_;
    imported.packing = hint_.method;
    imported.match = catalog_match(model, catalog_);
    imported.model = model;
  }

  void accept_unknown(const ModelDraft& draft) {
    diagnostics_.warning(
        "unknown-architecture", place_,
        "nobody here knows the architecture '" + draft.architecture +
            "'; as a plain transformer it has every tensor of the file and no other");
  }

  void doubt_tensors(const ModelDraft& draft) {
    // What was found differing is the reason, and no longer a remark on a good model.
    for (const Diagnostic& each : diagnostics_.sorted()) {
      if (each.code == "unlike-architecture") result_.doubts.push_back(each.message);
    }
    if (result_.doubts.empty()) {
      result_.doubts.push_back("the file lists no tensors that could show what a layer holds");
    }
    doubt(draft);
  }

  void doubt(const ModelDraft& draft) {
    std::vector<std::string> known;
    for (const Family& family : families()) known.emplace_back(family.name);
    std::string words;
    for (const std::string& word : known) words += (words.empty() ? "" : ", ") + word;
    refuse("unknown-architecture",
           "nobody here knows the architecture '" + draft.architecture + "'",
           "one of " + words +
               " and their kin, or a model file: the skeleton of 'plimsoll import', "
               "completed");
  }

  fs::path path_;
  std::string id_;
  Catalog& catalog_;
  Diagnostics& outer_;
  Diagnostics diagnostics_;  // of this import alone
  SourcePlace place_;
  ImportResult result_;
  QuantizationHint hint_;
  std::string kind_;
  std::string name_;
  std::optional<Bytes> file_;
};

}  // namespace

ImportResult import_file(const fs::path& path, const std::string& id, Catalog& catalog,
                         Diagnostics& diagnostics) {
  return Importer(path, id, catalog, diagnostics).run();
}

std::optional<ImportedModel> import_model(const fs::path& path, Catalog& catalog,
                                          Diagnostics& diagnostics) {
  return import_file(path, {}, catalog, diagnostics).model;
}

std::vector<GivenEntry> given_entries(const ImportedModel& imported, const std::string& name) {
  std::vector<GivenEntry> entries = {{.kind = EntryKind::model,
                                      .name = name,
                                      .id = imported.model.id,
                                      .yaml = model_yaml(imported.model)}};
  if (const auto& recipe = imported.recipe)
    entries.push_back({.kind = EntryKind::quantization,
                       .name = recipe->id,
                       .id = recipe->id,
                       .yaml = quantization_yaml(*recipe)});
  return entries;
}

bool is_importable(std::string_view name) {
  const std::string low = lower(std::string(name));
  if (name.empty() || low.ends_with(".yaml") || low.ends_with(".yml")) return false;
  const bool looks_like_path =
      name.find('/') != std::string_view::npos || kind_by_name(fs::path(name)) != FileKind::none;
  return looks_like_path && is_there(fs::path(name));
}

std::string id_of_file(const fs::path& path) {
  std::string name = lower(path.filename().string());
  for (const char* ending : {".gguf", ".safetensors", ".json", ".yaml", ".yml"}) {
    if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
  }
  if (const auto part = part_name(name)) name = part->before.substr(0, part->before.size() - 1);
  std::string id;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool mark = c == '.' || c == '_' || c == '+' || c == '-';
    if (letter || (mark && !id.empty())) id += c;
    if (!letter && !mark && !id.empty() && id.back() != '-') id += '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "model" : id;
}

}  // namespace plimsoll

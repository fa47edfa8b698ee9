#include "panels/scenario/field_words.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <array>

#include "base/quantity_text.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

struct Words {
  std::string_view name;
  const char* label;
  const char* meaning;
};

constexpr std::array<Words, 49> table = {{
    {"model", QT_TRANSLATE_NOOP("fields", "Model"),
     QT_TRANSLATE_NOOP("fields",
                       "A name of the catalogue, or a GGUF, safetensors or "
                       "config.json file")},
    {"quantization", QT_TRANSLATE_NOOP("fields", "Quantization"),
     QT_TRANSLATE_NOOP("fields", "How the weights are stored; left open, the best that fits")},
    {"system", QT_TRANSLATE_NOOP("fields", "Machine"),
     QT_TRANSLATE_NOOP("fields",
                       "A machine as sold, a bare device, or 'here' for the "
                       "machine this program runs on")},
    {"system.count", QT_TRANSLATE_NOOP("fields", "How many"),
     QT_TRANSLATE_NOOP("fields", "Machines of that kind, or cards in one machine")},
    {"system.memory", QT_TRANSLATE_NOOP("fields", "Main memory"),
     QT_TRANSLATE_NOOP("fields", "Of the machine around a bare device")},
    {"system.os", QT_TRANSLATE_NOOP("fields", "Operating system"),
     QT_TRANSLATE_NOOP("fields", "Instead of the one it is sold with")},
    {"system.link", QT_TRANSLATE_NOOP("fields", "Link"),
     QT_TRANSLATE_NOOP("fields", "Between the machines")},
    {"system.topology", QT_TRANSLATE_NOOP("fields", "Topology"),
     QT_TRANSLATE_NOOP("fields", "How the links join the machines")},
    {"system.accelerators", QT_TRANSLATE_NOOP("fields", "Accelerators used"),
     QT_TRANSLATE_NOOP("fields", "Only so many of each machine's")},
    {"system.raise_gpu_limit", QT_TRANSLATE_NOOP("fields", "Raise the GPU memory limit"),
     QT_TRANSLATE_NOOP("fields",
                       "Assume that the operating system's limit on GPU memory was raised by the "
                       "command that the answer names")},
    {"cluster", QT_TRANSLATE_NOOP("fields", "Cluster"),
     QT_TRANSLATE_NOOP("fields",
                       "A named cluster of several kinds of machines, instead "
                       "of machines all alike")},
    {"engine", QT_TRANSLATE_NOOP("fields", "Engine"),
     QT_TRANSLATE_NOOP("fields", "The inference program")},
    {"engine.backend", QT_TRANSLATE_NOOP("fields", "Backend"),
     QT_TRANSLATE_NOOP("fields", "The engine's kernels for these devices")},
    {"placement", QT_TRANSLATE_NOOP("fields", "Placement"),
     QT_TRANSLATE_NOOP("fields", "What lies where; auto takes the fastest that fits")},
    {"placement.gpu_layers", QT_TRANSLATE_NOOP("fields", "Layers on the accelerator"),
     QT_TRANSLATE_NOOP("fields", "The others are run by the CPU")},
    {"placement.cpu_expert_layers", QT_TRANSLATE_NOOP("fields", "Layers with experts on the CPU"),
     QT_TRANSLATE_NOOP("fields", "Their routed experts lie in main memory and are run by the CPU")},
    {"placement.tensor", QT_TRANSLATE_NOOP("fields", "Tensor parallel group"),
     QT_TRANSLATE_NOOP("fields", "Accelerators that share each layer of a stage")},
    {"placement.nodes", QT_TRANSLATE_NOOP("fields", "Machines used"),
     QT_TRANSLATE_NOOP("fields", "Only so many of them")},
    {"replicas", QT_TRANSLATE_NOOP("fields", "Replicas"),
     QT_TRANSLATE_NOOP("fields",
                       "Equal parts of the machines, each with a whole copy of the model")},
    {"spare", QT_TRANSLATE_NOOP("fields", "Spare replicas"),
     QT_TRANSLATE_NOOP("fields", "Of the replicas, held ready for one that fails")},
    {"workload.context", QT_TRANSLATE_NOOP("fields", "Context"),
     QT_TRANSLATE_NOOP("fields", "Tokens of each sequence that the cache has room for")},
    {"workload.prompt", QT_TRANSLATE_NOOP("fields", "Prompt"),
     QT_TRANSLATE_NOOP("fields", "Tokens read before the first answer")},
    {"workload.depth", QT_TRANSLATE_NOOP("fields", "Depth"),
     QT_TRANSLATE_NOOP("fields", "Tokens in the cache before the prompt")},
    {"workload.generate", QT_TRANSLATE_NOOP("fields", "Answer"),
     QT_TRANSLATE_NOOP("fields", "Tokens generated")},
    {"workload.batch", QT_TRANSLATE_NOOP("fields", "Batch"),
     QT_TRANSLATE_NOOP("fields", "Sequences generated at once, by each replica")},
    {"workload.kv_format", QT_TRANSLATE_NOOP("fields", "Cache format"),
     QT_TRANSLATE_NOOP("fields", "How the KV cache is stored")},
    {"load.input_tokens_per_month", QT_TRANSLATE_NOOP("fields", "Input"),
     QT_TRANSLATE_NOOP("fields",
                       "Tokens read in a month, cached ones included; for what it costs")},
    {"load.output_tokens_per_month", QT_TRANSLATE_NOOP("fields", "Output"),
     QT_TRANSLATE_NOOP("fields", "Tokens generated in a month")},
    {"load.cached_tokens_per_month", QT_TRANSLATE_NOOP("fields", "Cached input"),
     QT_TRANSLATE_NOOP("fields", "The part of the input that a prefix cache serves")},
    {"load.requests_per_month", QT_TRANSLATE_NOOP("fields", "Requests"),
     QT_TRANSLATE_NOOP("fields", "In a month")},
    {"experts_per_token", QT_TRANSLATE_NOOP("fields", "Experts per token"),
     QT_TRANSLATE_NOOP("fields", "Fewer than trained is faster and worse")},
    {"importance_matrix", QT_TRANSLATE_NOOP("fields", "Importance matrix"),
     QT_TRANSLATE_NOOP("fields",
                       "Whether the file was quantized with one, as published low-bit files are")},
    {"streaming.access", QT_TRANSLATE_NOOP("fields", "Reads"),
     QT_TRANSLATE_NOOP("fields", "How experts are read from the drive")},
    {"streaming.threads", QT_TRANSLATE_NOOP("fields", "Read threads"),
     QT_TRANSLATE_NOOP("fields", "That read at once")},
    {"streaming.reads_per_expert", QT_TRANSLATE_NOOP("fields", "Reads per expert"),
     QT_TRANSLATE_NOOP("fields", "Calls for one expert")},
    {"streaming.page_cache", QT_TRANSLATE_NOOP("fields", "Page cache"),
     QT_TRANSLATE_NOOP("fields", "The policy, instead of the operating system's")},
    {"streaming.cache.policy", QT_TRANSLATE_NOOP("fields", "Expert cache"),
     QT_TRANSLATE_NOOP("fields", "The policy of the engine's own cache of experts")},
    {"streaming.cache.size", QT_TRANSLATE_NOOP("fields", "Cache size"),
     QT_TRANSLATE_NOOP("fields", "Of the engine's own cache")},
    {"streaming.cache.memory", QT_TRANSLATE_NOOP("fields", "Cache memory"),
     QT_TRANSLATE_NOOP("fields", "What the system may do with that cache")},
    {"streaming.dense_weights", QT_TRANSLATE_NOOP("fields", "Dense weights"),
     QT_TRANSLATE_NOOP("fields", "What the system may do with what is used for every token")},
    {"streaming.start", QT_TRANSLATE_NOOP("fields", "Caches at the start"),
     QT_TRANSLATE_NOOP("fields", "What they hold")},
    {"streaming.prefetch.predicts", QT_TRANSLATE_NOOP("fields", "Prefetch"),
     QT_TRANSLATE_NOOP("fields", "What names the experts that are read ahead of time")},
    {"streaming.prefetch.accuracy", QT_TRANSLATE_NOOP("fields", "Predictor's accuracy"),
     QT_TRANSLATE_NOOP("fields", "Share of the experts it names that are used")},
    {"streaming.prefetch.before", QT_TRANSLATE_NOOP("fields", "Prefetch before"),
     QT_TRANSLATE_NOOP("fields", "The part of the layer at whose start they are asked for")},
    {"streaming.prefetch.hint", QT_TRANSLATE_NOOP("fields", "Prefetch as a hint"),
     QT_TRANSLATE_NOOP("fields", "Into the page cache, from where the read copies")},
    {"streaming.other_memory", QT_TRANSLATE_NOOP("fields", "Other programs"),
     QT_TRANSLATE_NOOP("fields", "Memory of programs that run beside")},
    {"streaming.extent", QT_TRANSLATE_NOOP("fields", "Extent"),
     QT_TRANSLATE_NOOP("fields", "Bytes that the page cache holds or drops as one")},
    {"streaming.routing", QT_TRANSLATE_NOOP("fields", "Routing trace"),
     QT_TRANSLATE_NOOP("fields", "A CSV file of the experts that real tokens chose")},
    {"streaming.seed", QT_TRANSLATE_NOOP("fields", "Seed"),
     QT_TRANSLATE_NOOP("fields", "Of the random choice of experts")},
}};

const Words& words(std::string_view name) {
  static constexpr Words unknown{{}, "", ""};
  const auto* found = std::find_if(table.begin(), table.end(),
                                   [name](const Words& each) { return each.name == name; });
  return found == table.end() ? unknown : *found;
}

QString fields(const char* text) {
  return QCoreApplication::translate("fields", text);
}

QString bound_words(const FieldState& state, double bound) {
  return state.kind == FieldKind::share ? QLocale().toString(bound)
                                        : QLocale().toString(static_cast<qlonglong>(bound));
}

QString bounds_words(const FieldState& state) {
  if (state.kind != FieldKind::count && state.kind != FieldKind::share) return {};
  if (!state.least || !state.most) return {};
  return QCoreApplication::translate("fields", "%1 to %2 %3")
      .arg(bound_words(state, *state.least), bound_words(state, *state.most), unit_word(state.unit))
      .trimmed();
}

QString default_words(const FieldState& state) {
  if (state.usual.empty()) return {};
  const QString value = value_words(state, state.usual);
  if (state.why.empty()) return QCoreApplication::translate("fields", "Default: %1").arg(value);
  return QCoreApplication::translate("fields", "Default: %1, %2")
      .arg(value, engine_word(state.why));
}

}  // namespace

QString field_label(std::string_view name) {
  return fields(words(name).label);
}

QString group_title(FieldGroup group) {
  switch (group) {
    case FieldGroup::model:
      return QCoreApplication::translate("fields", "Model");
    case FieldGroup::machines:
      return QCoreApplication::translate("fields", "Machines");
    case FieldGroup::engine:
      return QCoreApplication::translate("fields", "Engine");
    case FieldGroup::work:
      return QCoreApplication::translate("fields", "Work");
    case FieldGroup::streaming:
      return QCoreApplication::translate("fields", "Streaming");
    case FieldGroup::advanced:
      break;
  }
  return QCoreApplication::translate("fields", "Advanced");
}

QString unit_word(std::string_view unit) {
  return unit.empty() ? QString() : engine_word(unit);
}

QString value_words(const FieldState& state, const std::string& value) {
  switch (state.kind) {
    case FieldKind::count:
      if (const auto number = parse_integer(value))
        return (QLocale().toString(static_cast<qlonglong>(*number)) + u' ' + unit_word(state.unit))
            .trimmed();
      break;
    case FieldKind::bytes:
      return localized(value);
    case FieldKind::flag:
      return value == "true" ? QCoreApplication::translate("fields", "yes")
                             : QCoreApplication::translate("fields", "no");
    case FieldKind::share:
      return localized(value);
    default:
      break;
  }
  return QString::fromStdString(value);
}

QString field_help(const FieldState& state) {
  QStringList lines{fields(words(state.name).meaning)};
  for (const QString& line : {bounds_words(state), default_words(state)})
    if (!line.isEmpty()) lines += line;
  if (!state.source.empty())
    lines += QCoreApplication::translate("fields", "Source: %1")
                 .arg(QString::fromStdString(state.source));
  lines +=
      QCoreApplication::translate("fields", "In files: %1").arg(QString::fromStdString(state.name));
  return lines.join(u'\n');
}

}  // namespace plimsoll::gui

// From what a table says to a scenario: the rules, none of which knows a point by name.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "footprint/footprint.h"
#include "measurements/measured_load.h"
#include "measurements/measured_machine.h"
#include "measurements/measured_weights.h"
#include "measurements/measurement.h"
#include "measurements/stated_numbers.h"
#include "scenario/named_backend.h"

namespace plimsoll {

namespace {

bool says(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// 0.3 of "30% of experts on GPU, …".
std::optional<double> share_of_experts(std::string_view notes) {
  const std::size_t sign = notes.find("% of experts on GPU");
  if (sign == std::string_view::npos) return std::nullopt;
  std::size_t begin = sign;
  while (begin > 0 && (is_digit(notes[begin - 1]) || notes[begin - 1] == '.')) --begin;
  const std::optional<double> percent = parse_number(notes.substr(begin, sign - begin));
  return percent ? std::optional(*percent / 100.0) : std::nullopt;
}

int at_most(std::int64_t stated, int there_are) {
  return static_cast<int>(std::min<std::int64_t>(stated, there_are));
}

int moe_layers_of(const ModelSpec& model) {
  return static_cast<int>(
      std::count_if(model.layers.begin(), model.layers.end(),
                    [](const LayerSpec& layer) { return layer.ffn == LayerFfn::moe; }));
}

constexpr std::int64_t usual_answer = 128;  // tokens, as llama-bench generates

bool offers(const EngineSpec& engine, Parallelism parallelism) {
  return contains(engine.parallelism, parallelism);
}

class ScenarioMapper {
 public:
  ScenarioMapper(const Measurement& m, Catalog& catalog) : m_(m), catalog_(catalog) {}

  MeasuredScenario run() {
    spec_.name = m_.id;
    if (find_entries() && machines() && placement() && workload()) result_.spec = std::move(spec_);
    return std::move(result_);
  }

 private:
  template <class T>
  Given<T> given(T value) const {
    return {.value = std::move(value), .place = m_.place};
  }
  bool refuse(std::string reason, std::string why_not) {
    result_.reason = std::move(reason);
    result_.why_not = std::move(why_not);
    return false;
  }
  void assume(std::string what, double log_sigma) {
    result_.assumed.push_back({.what = std::move(what), .log_sigma = log_sigma});
  }

  bool find_entries() {
    Diagnostics quiet;
    model_ = catalog_.model(m_.model, m_.place, quiet);
    if (!model_) return refuse("unresolved-model", "unresolved model '" + m_.model + "'");
    device_ = device_of(m_, catalog_);
    if (device_.entry.empty())
      return refuse("unresolved-device", "unresolved device '" + m_.device + "'");
    for (const AssumedFact& fact : device_.assumed) result_.assumed.push_back(fact);
    if (!engine()) return false;
    if (streams_always()) put_beside_drive(m_, device_, catalog_);
    return weights();
  }

  bool streams_always() const { return engine_->streaming && engine_->streaming->always; }

  bool engine() {
    Diagnostics quiet;
    engine_ = catalog_.engine(m_.engine, m_.place, quiet);
    if (!engine_) return refuse("unresolved-engine", "no engine '" + m_.engine + "'");
    spec_.engine = given(engine_->id);
    spec_.engine_date = date();
    backend();
    spec_.flash_attention = {.value = m_.flash_attention, .place = m_.place};
    if (m_.micro_batch) spec_.prefill_chunk = given(*m_.micro_batch);
    return true;
  }

  // Of the version, as far as it is known.
  Given<Date> date() const {
    if (const std::optional<Date> stated = parse_date(m_.date)) return given(*stated);
    for (const auto& [version, released] : engine_->releases)
      if (m_.engine_version == version || m_.engine_version.starts_with(version + "."))
        return given(released);
    return {};
  }

  // As stated, or what its first word says ("ROCm 7.2", "CUDA 12.8, FA"). What the engine does not
  // have at all is left to it: the Neural Engine of a chip works on the same memory as its GPU.
  void backend() {
    if (m_.backend.empty()) return;
    const std::string first = m_.backend.substr(0, m_.backend.find_first_of(" ,("));
    for (const std::string& name : {m_.backend, first}) {
      backend_ = named_backend(*engine_, name);
      if (!backend_) continue;
      spec_.backend = given(name);
      return;
    }
    // 0.4: what the two differed by on an A19 Pro, 1.6 in decode.
    assume("backend: the engine's usual one for " + m_.backend, 0.4);
  }

  bool weights() {
    const DeviceSpec unknown;
    MeasuredWeights found =
        weights_of(m_, *model_, *engine_, device_.device ? *device_.device : unknown, catalog_);
    if (found.quantization.empty()) return refuse(found.reason, found.why_not);
    if (found.assumed) result_.assumed.push_back(*found.assumed);
    spec_.model = given(model_->id);
    spec_.quantization = given(found.quantization);
    return true;
  }

  // Devices that share one copy of the model. Tables give the degree of a mixture of tensor and
  // expert parallelism as the number of devices or as the product of both degrees: what no board
  // carries is the product.
  int devices_of_copy() {
    constexpr int most_on_a_board = 8;
    if (m_.parallel_degree) {
      const bool staged = m_.parallelism != "pipeline" && m_.pipeline_degree;
      int devices = *m_.parallel_degree * (staged ? *m_.pipeline_degree : 1);
      const int experts = m_.expert_degree.value_or(1);
      if (m_.nodes == 1 && devices > most_on_a_board && experts > 1 && devices % experts == 0)
        devices /= experts;
      return devices;
    }
    return m_.engine.starts_with("MLPerf") ? fewest_with_room() : m_.count;
  }

  // Submissions run as many copies as the devices hold with a third of the memory left for the
  // cache: Mixtral 8x7B in 8 bits on one H100 of 80 GB, Llama 2 70B on two, of 94 GB, too
  // (tensor_parallelism in closed/NVIDIA/configs of github.com/mlcommons/inference_results_v4.1).
  int fewest_with_room() {
    const auto& memory = device_.device ? device_.device->memory.capacity : std::nullopt;
    Diagnostics quiet;
    const QuantizationSpec* recipe =
        catalog_.quantization(*spec_.quantization.value, m_.place, quiet);
    if (!memory || !recipe) return m_.count;
    const Bytes weights = weight_bytes(*model_, *recipe, {}, catalog_, quiet);
    constexpr double most_of_memory = 2.0 / 3.0;
    int devices = 1;
    while (devices < m_.count && weights.base() > most_of_memory * devices * memory->value.base())
      devices *= 2;
    return std::min(devices, m_.count);
  }

  bool machines() {
    const int devices = devices_of_copy();
    const bool product = devices < m_.count && m_.expert_degree.value_or(1) > 1 && m_.nodes == 1;
    const bool several = !product && devices < m_.count && m_.count % devices == 0;
    copies_ = several ? m_.count / devices : 1;
    devices_ = several || product ? devices : m_.count;
    const MachineProblem problem =
        set_machines(m_, device_, devices_, catalog_, spec_, result_.assumed);
    return problem.none() || refuse(problem.reason, problem.why_not);
  }

  bool placement() {
    spec_.raise_gpu_limit = given(true);  // whatever the default limit says
    spec_.ran = true;
    if (streams_always()) return streamed();
    const bool chips = device_.device && device_.device->form == DeviceForm::soc && devices_ > 1;
    if (on_cpu()) return chips ? spread() : placed(PlacementStrategy::cpu);
    if (m_.placement == "partial_offload") return partial_offload();
    if (m_.placement == "ssd_offload") return streamed();
    if (!m_.placement.empty() && m_.placement != "accelerator" && m_.placement != "gpu")
      return refuse("unsupported-placement", "placement '" + m_.placement + "'");
    if (device_.device && device_.device->form == DeviceForm::cpu)
      return placed(PlacementStrategy::cpu);
    if (devices_ == 1) return placed(PlacementStrategy::single);
    return spread();
  }

  bool on_cpu() const {
    const bool left_to_backend = m_.placement.empty() && backend_;
    return m_.placement == "cpu" || (left_to_backend && backend_->unit == UnitKind::cpu);
  }

  bool placed(PlacementStrategy strategy) {
    spec_.placement = given(strategy);
    return true;
  }

  // Routed experts where there are any, else layers; as many of them as stated, else as fit.
  bool partial_offload() {
    if (!device_.device) return true;  // a cluster: the engine's own way
    const bool experts = model_->moe && offers(*engine_, Parallelism::cpu_experts) &&
                         !number_after_word(m_.notes, "-ngl");
    if (!experts) {
      spec_.gpu_layers = {.value = layers_on_gpu(), .place = m_.place};
      return placed(PlacementStrategy::cpu_layers);
    }
    spec_.cpu_expert_layers = {.value = expert_layers_on_cpu(), .place = m_.place};
    return placed(PlacementStrategy::cpu_experts);
  }

  std::optional<int> layers_on_gpu() const {
    const auto stated = number_after_word(m_.notes, "-ngl");
    const int layers = static_cast<int>(model_->layers.size());
    return stated ? std::optional(at_most(*stated, layers)) : std::nullopt;
  }

  std::optional<int> expert_layers_on_cpu() const {
    const int layers = moe_layers_of(*model_);
    if (const auto stated = number_after_word(m_.notes, "--n-cpu-moe"))
      return at_most(*stated, layers);
    if (const auto on_gpu = share_of_experts(m_.notes))
      return static_cast<int>(std::lround((1.0 - *on_gpu) * layers));
    return says(m_.backend, "CPU experts") ? std::optional(layers) : std::nullopt;
  }

  bool streamed() {
    if (!engine_->streaming)
      return refuse("unsupported-placement", engine_->name + " does not stream experts");
    return engine_->streaming->always || placed(PlacementStrategy::streamed);
  }

  bool spread() {
    if (m_.parallelism == "tensor") return tensor();
    if (m_.parallelism == "layer_split" || m_.parallelism == "layer_split_rpc")
      return placed(PlacementStrategy::layer_split);
    if (m_.parallelism == "row_split") return placed(PlacementStrategy::row_split);
    if (m_.parallelism == "pipeline") return pipeline(1);
    if (m_.parallelism == "data_attention_expert_moe") return data_attention();
    return unstated_spread();
  }

  bool pipeline(int group) {
    spec_.tensor = given(group);
    return placed(PlacementStrategy::pipeline_parallel);
  }

  // Attention is split. Experts may be dealt out whole instead: everybody has all tokens, works on
  // its own experts and adds up with the others, as much and as often as with split ones.
  bool tensor() {
    if (runs_overview()) return data_attention();
    if (m_.expert_degree.value_or(1) > 1)
      assume("experts split over the devices instead of dealt out", 0.15);
    return placed(PlacementStrategy::tensor_parallel);
  }

  // NVIDIA's overview of TensorRT-LLM runs every mixture of experts with `enable_attention_dp`
  // since it uses the PyTorch backend, whatever its tables call the degree ("For MoE models" in
  // docs/source/performance/perf-overview.md@00f37686a).
  bool runs_overview() const {
    return model_->moe && says(m_.source, "perf-overview.md") && says(m_.backend, "PyTorch");
  }

  // Attention with whole copies of its weights for different sequences, experts dealt out.
  bool data_attention() {
    if (m_.pipeline_degree.value_or(1) > 1) return pipeline(*m_.parallel_degree);
    return placed(model_->moe ? PlacementStrategy::expert_parallel
                              : PlacementStrategy::tensor_parallel);
  }

  // What the engine does when it is given several devices and nothing else.
  bool unstated_spread() {
    if (m_.engine.starts_with("MLPerf") || offers(*engine_, Parallelism::tensor_parallel))
      return placed(PlacementStrategy::tensor_parallel);
    if (engine_->parallelism.empty()) return true;
    assume("way of spreading over devices", 0.2);
    return usual_spread();
  }

  // As the engine did at that date: llama.cpp splits tensors (since April 2026,
  // github.com/ggml-org/llama.cpp/pull/19378) only where it is told to, whatever tables call a
  // degree (catalog/runs of github.com/LottoLottoLotto/4x3090-llm-benchmarks: `-sm layer` at TP=4).
  bool usual_spread() {
    const std::optional<Date> date = parse_date(m_.date);
    const EngineEra* era = date ? era_of(*engine_, *date) : nullptr;
    if (era && era->split == Parallelism::row_split) return placed(PlacementStrategy::row_split);
    if (offers(*engine_, Parallelism::layer_split)) return placed(PlacementStrategy::layer_split);
    return true;
  }

  bool workload() {
    kv_format();
    drafts();
    if (m_.experts_used)
      spec_.experts_per_token = given(*m_.experts_used);
    else if (const auto used = number_after_word(m_.notes, "only K="))
      spec_.experts_per_token = given(static_cast<int>(*used));
    if (m_.under_load) return load();
    // Benchmarks have a usual length; what a server printed may be of a dozen tokens.
    if (m_.metric == "prefill_tps" && !m_.prompt_tokens &&
        m_.notes.find("prompt length not stated") != std::string::npos)
      return refuse("unstated-prompt", "a prompt of a few tokens has a tenth of the rate of many");
    spec_.batch = given(m_.batch);
    lengths();
    context();
    return reading();
  }

  // As stated. FP8 and FP4 checkpoints that TensorRT-LLM serves were made with an FP8 cache
  // (hf_quant_config.json of nvidia/Llama-3.1-8B-Instruct-FP8: kv_cache_quant_algo FP8), and
  // InferenceMAX starts all its servers of such checkpoints with one (--kv-cache-dtype), and of
  // gpt-oss on Blackwell (gptoss_fp4_b200.sh, _b200_trt.sh; not _h100.sh, _h200.sh).
  void kv_format() {
    const std::string& recipe = *spec_.quantization.value;
    const bool ran = says(m_.load, "InferenceMAX");
    const bool blackwell = device_.device && device_.device->architecture == "blackwell";
    const bool low =
        recipe == "fp8" || recipe == "nvfp4" || (recipe == "mxfp4" && ran && blackwell);
    const bool usual = engine_->id == "tensorrt-llm" || ran;
    if (!m_.kv_format.empty())
      spec_.kv_format = given(m_.kv_format);
    else if (low && usual)
      spec_.kv_format = given<std::string>("fp8");
  }

  // InferenceMAX ran DeepSeek-R1 with its next-token module and without from two images of one
  // release (github.com/SemiAnalysisAI/InferenceX/pull/1488 and 1489: "off: 1.2.0rc6.post2, mtp:
  // 1.2.0rc6.post3"; dsr1_*_b200_trt_mtp.sh: MTP=3).
  void drafts() {
    constexpr std::string_view with_module = "1.2.0rc6.post3";
    const bool ran = says(m_.load, "InferenceMAX") && m_.engine.starts_with("TensorRT-LLM");
    if (!ran || m_.engine_version != with_module || model_->mtp_layers < 1) return;
    spec_.savings.draft = given<std::string>("mtp");
    spec_.savings.draft_tokens = given(3);
  }

  void lengths() {
    if (m_.prompt_tokens) spec_.prompt = given(*m_.prompt_tokens);
    if (m_.generated_tokens) spec_.generate = given(*m_.generated_tokens);
    // The depth of a decode rate is the whole cache it starts from, the prompt included.
    const bool counted_twice = decodes() && m_.prompt_tokens && m_.depth > 0;
    spec_.depth =
        given(counted_twice ? std::max<std::int64_t>(m_.depth - *m_.prompt_tokens, 0) : m_.depth);
    // A pure decode test starts from an empty context, a pure prefill test generates nothing: one
    // token stands for each.
    if (decodes() && !m_.prompt_tokens) spec_.prompt = given<std::int64_t>(1);
    const bool prompts = m_.metric == "prefill_tps" || m_.metric == "ttft_s";
    if (prompts) spec_.generate = given<std::int64_t>(1);
  }

  // Benchmarks allocate what they use.
  void context() {
    const std::int64_t answer = spec_.generate.value.value_or(usual_answer);
    if (!spec_.generate.has()) spec_.generate = given(answer);
    if (!spec_.prompt.has()) return;
    spec_.context = given(*spec_.depth.value + *spec_.prompt.value + answer);
  }

  bool decodes() const { return m_.metric == "decode_tps" || m_.metric == "itl_ms"; }

  bool reading() {
    Reading& r = result_.reading;
    const double milli = 1000.0;
    if (m_.metric == "decode_tps") {
      r.figure = MeasuredFigure::decode_rate;
      if (m_.value_scope == "aggregate_over_batch" || m_.value_scope == "total")
        r.factor = m_.batch;
    } else if (m_.metric == "prefill_tps") {
      r.figure = MeasuredFigure::prefill_rate;
    } else if (m_.metric == "itl_ms") {
      r = {.figure = MeasuredFigure::step_time, .factor = milli};
    } else if (m_.metric == "ttft_s") {
      r.figure = MeasuredFigure::time_to_first_token;
    } else if (m_.metric == "throughput_tps") {
      r.figure = MeasuredFigure::run_throughput;
    } else {
      return refuse("unsupported-metric", "metric '" + m_.metric + "'");
    }
    return scale_to_devices();
  }

  // Rates of several copies add up; a rate of one device is a part of them.
  bool scale_to_devices() {
    Reading& r = result_.reading;
    const bool rate =
        r.figure == MeasuredFigure::run_throughput || r.figure == MeasuredFigure::served_throughput;
    if (rate) r.factor *= copies_;
    if (m_.value_scope == "per_device") r.factor /= devices_ * copies_;
    return true;
  }

  bool load() {
    MeasuredLoad found = load_of(m_, copies_, catalog_);
    if (!found.section) return refuse("unsupported-load", found.why_not);
    for (AssumedFact& fact : found.assumed) result_.assumed.push_back(std::move(fact));
    spec_.load = std::move(*found.section);
    slots();
    return served_reading();
  }

  // Who sweeps the number of clients starts the server once: with eight slots in the one series
  // that says so (catalog/runs of github.com/LottoLottoLotto/4x3090-llm-benchmarks: `-np 8`).
  void slots() {
    constexpr int usual_slots = 8;
    constexpr double twice_as_many_or_half = 0.3;
    const bool fixed = engine_->serving.batching == Batching::fixed_slots;
    if (!fixed || m_.concurrency.value_or(0) <= usual_slots) return;
    spec_.load.max_sequences = given<std::int64_t>(usual_slots);
    assume("slots of the server: eight", twice_as_many_or_half);
  }

  bool served_reading() {
    Reading& r = result_.reading;
    r.statistic = statistic();
    if (m_.metric == "throughput_tps") {
      r.figure = MeasuredFigure::served_throughput;
    } else if (m_.metric == "ttft_s") {
      r.figure = MeasuredFigure::served_first_token;
    } else if (m_.metric == "itl_ms") {
      r.figure = MeasuredFigure::served_between_tokens;
      r.factor = 1000.0;
    } else {
      return refuse("unsupported-metric", "metric '" + m_.metric + "' under a load");
    }
    return scale_to_devices();
  }

  // As the notes say; benchmark programs print means first. InferenceMAX dumps hold means, too: the
  // prompts that all come at the beginning show in them.
  MeasuredStatistic statistic() const {
    return says(m_.notes, "median") ? MeasuredStatistic::median : MeasuredStatistic::mean;
  }

  const Measurement& m_;
  Catalog& catalog_;
  const ModelSpec* model_ = nullptr;
  const EngineSpec* engine_ = nullptr;
  const BackendSpec* backend_ =
      nullptr;  // as stated; null: not, or the engine has none of that name
  MeasuredDevice device_;
  int devices_ = 1;  // of a copy of the model
  int copies_ = 1;
  ScenarioSpec spec_;
  MeasuredScenario result_;
};

}  // namespace

std::string_view to_text(MeasuredFigure figure) {
  switch (figure) {
    case MeasuredFigure::decode_rate:
      return "decode rate";
    case MeasuredFigure::prefill_rate:
      return "prefill rate";
    case MeasuredFigure::run_throughput:
      return "throughput of a run";
    case MeasuredFigure::time_to_first_token:
      return "time to first token";
    case MeasuredFigure::step_time:
      return "time per token";
    case MeasuredFigure::served_throughput:
      return "throughput under load";
    case MeasuredFigure::served_first_token:
      return "time to first token under load";
    case MeasuredFigure::served_between_tokens:
      break;
  }
  return "time between tokens under load";
}

MeasuredScenario scenario_of(const Measurement& measurement, Catalog& catalog) {
  return ScenarioMapper(measurement, catalog).run();
}

std::vector<std::vector<std::size_t>> same_scenarios(
    const std::vector<const MeasuredScenario*>& scenarios) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> group_of_text;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    std::size_t group = groups.size();
    if (const auto& spec = scenarios[i]->spec) {
      ScenarioSpec nameless = *spec;
      nameless.name.clear();
      group = group_of_text.emplace(to_yaml(nameless), group).first->second;
    }
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(i);
  }
  return groups;
}

}  // namespace plimsoll

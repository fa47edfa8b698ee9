#include "measurements/measured_load.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/ceil_div.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/date.h"
#include "catalog/request_lengths.h"
#include "measurements/stated_numbers.h"

namespace plimsoll {

namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// 0.15 of "lengths +-15%".
std::optional<double> spread_of_lengths(std::string_view text) {
  const std::size_t sign = text.find("+-");
  if (sign == std::string_view::npos) return std::nullopt;
  std::size_t end = sign + 2;
  while (end < text.size() && is_digit(text[end])) ++end;
  if (end >= text.size() || text[end] != '%') return std::nullopt;
  const std::optional<double> percent = parse_number(text.substr(sign + 2, end - sign - 2));
  return percent ? std::optional(*percent / 100.0) : std::nullopt;
}

// Requests of an offline run that does not say how many: as NVIDIA's performance overview of
// TensorRT-LLM (docs/source/performance/perf-overview.md, "Preparing a dataset") gives them by the
// tokens of a request, 30,000 of 128/128 down to 1,000 of 20,000/2,000.
std::int64_t usual_offline_requests(std::int64_t tokens) {
  constexpr std::array<std::pair<std::int64_t, std::int64_t>, 3> steps = {
      {{1000, 30000}, {2999, 3000}, {21999, 1500}}};
  for (const auto& [most, requests] : steps)
    if (tokens <= most) return requests;
  return 1000;
}

// What MLPerf's Server scenario allows the 99th percentile to take (mlcommons/inference
// loadgen/mlperf.conf: ttft_latency, tpot_latency, target_latency), by the family and the size that
// the model's name begins with.
struct ServerTargets {
  std::string_view model;
  double ttft_s = 0.0;  // 0: none
  double tpot_s = 0.0;
  double whole_s = 0.0;
};
constexpr std::array<ServerTargets, 6> server_targets = {{
    {.model = "llama-2-70b", .ttft_s = 2.0, .tpot_s = 0.2},
    {.model = "mixtral-8x7b", .ttft_s = 2.0, .tpot_s = 0.2},
    {.model = "llama-3.1-405b", .ttft_s = 6.0, .tpot_s = 0.175},
    {.model = "llama-3.1-8b", .ttft_s = 2.0, .tpot_s = 0.1},
    {.model = "deepseek-r1", .ttft_s = 2.0, .tpot_s = 0.08},
    {.model = "gpt-j", .whole_s = 20.0},
}};
// The same where the load is named "interactive".
constexpr std::array<ServerTargets, 4> interactive_targets = {{
    {.model = "llama-2-70b", .ttft_s = 0.45, .tpot_s = 0.04},
    {.model = "llama-3.1-405b", .ttft_s = 4.5, .tpot_s = 0.08},
    {.model = "llama-3.1-8b", .ttft_s = 0.5, .tpot_s = 0.03},
    {.model = "deepseek-r1", .ttft_s = 1.5, .tpot_s = 0.015},
}};

// Who submits stays a little below what just held: the runs of another day must hold, too. FIT: of
// 0, 2 and 3 % the one under which the published latencies and rates are most likely
// (doc/fitting.md).
constexpr double submitted_headroom = 0.02;

// Steps of NVIDIA's submissions (github.com/mlcommons/inference_results_v4.1
// closed/NVIDIA/configs/mixtral-8x7b: max_num_tokens), and since 5.0, in chunks, by model
// (closed/NVIDIA of v5.0, trtllm_runtime_flags: max_num_tokens, max_batch_size).
constexpr std::int64_t whole_prompts_step = 16384;
constexpr std::int64_t first_in_chunks = 5;
struct SubmittedServer {
  std::string_view model;
  std::int64_t step_tokens = 0;
  std::int64_t offline_step_tokens = 0;
  std::int64_t sequences = 0;  // 0: the engine's own
};
constexpr std::array<SubmittedServer, 2> submitted_servers = {{
    {.model = "llama-2-70b", .step_tokens = 1536, .offline_step_tokens = 1536},
    {.model = "llama-3.1-405b", .step_tokens = 2560, .offline_step_tokens = 1536, .sequences = 64},
}};
const SubmittedServer* submitted_server(std::string_view model) {
  for (const SubmittedServer& each : submitted_servers)
    if (model.starts_with(each.model)) return &each;
  return nullptr;
}

template <class Table>
const ServerTargets* targets_of(const Table& table, std::string_view model) {
  for (const ServerTargets& each : table)
    if (model.starts_with(each.model)) return &each;
  return nullptr;
}

class LoadReader {
 public:
  LoadReader(const Measurement& m, int copies, Catalog& catalog)
      : m_(m), copies_(copies), catalog_(catalog), words_(lower_case(m.load)) {}

  MeasuredLoad run() {
    if (!lengths()) {
      load_.why_not = "the lengths of the requests are not known";
      return std::move(load_);
    }
    arrivals();
    if (!load_.why_not.empty()) return std::move(load_);
    requests();
    recipe();
    load_.section = std::move(section_);
    return std::move(load_);
  }

 private:
  template <class T>
  Given<T> given(T value) const {
    return {.value = std::move(value), .place = m_.place};
  }
  bool says(std::string_view word) const { return words_.find(word) != std::string::npos; }
  void assume(std::string what, double log_sigma) {
    load_.assumed.push_back({.what = std::move(what), .log_sigma = log_sigma});
  }

  // The data set whose name comes last in the words, or nothing: "MLPerf Server, CNN/DailyMail".
  const RequestLengthSpec* data_set() {
    Diagnostics ignored;
    const RequestLengthTable& table = catalog_.request_lengths(ignored);
    for (std::size_t begin = 0; begin < m_.load.size();) {
      const std::size_t end = std::min(m_.load.find(',', begin), m_.load.size());
      const std::string_view part = trimmed(std::string_view(m_.load).substr(begin, end - begin));
      if (const RequestLengthSpec* found = find_request_lengths(table, part)) return found;
      begin = end + 1;
    }
    // "3000 prompts" of a server benchmark without lengths: benchmark_serving and what was made
    // of it draw from ShareGPT by default.
    if (m_.prompt_tokens || !(says("prompts") || says("requests"))) return nullptr;
    const RequestLengthSpec* usual = find_request_lengths(table, "sharegpt");
    if (usual) assume("lengths of the requests: those of ShareGPT", 0.1);
    return usual;
  }

  bool lengths() {
    if (m_.prompt_tokens && m_.generated_tokens) {
      section_.prompt = given(*m_.prompt_tokens);
      section_.output = given(*m_.generated_tokens);
      spread();
      return true;
    }
    const RequestLengthSpec* found = data_set();
    if (!found) return false;
    section_.lengths = given(found->id);
    mean_output_ = found->output.mean.value;
    return true;
  }

  // InferenceMAX draws lengths evenly from 80 to 100 % of those it names (its README:
  // RANDOM_RANGE_RATIO 0.8).
  void spread() {
    constexpr double inference_max = 0.8;
    const std::optional<double> stated = spread_of_lengths(m_.load);
    if (!stated && !says("inferencemax")) return;
    section_.lengths = given<std::string>("uniform");
    section_.shortest = given(stated ? 1.0 - *stated : inference_max);
    section_.longest = given(stated ? 1.0 + *stated : 1.0);
  }

  // How submissions and InferenceMAX start their servers.
  void recipe() {
    if (says("mlperf") && m_.engine.find("TensorRT") != std::string::npos) mlperf_recipe();
    if (says("inferencemax")) inference_max_recipe();
  }

  // NVIDIA's code, which others submit with, too: requests are let in while there are blocks for
  // what is there (max_util, the default of its harness), prompts in one step where they fit.
  void mlperf_recipe() {
    section_.admission = given(Admission::chunk);
    const std::optional<std::int64_t> version = number_after_word(m_.engine, "MLPerf v");
    const SubmittedServer* server =
        version.value_or(0) >= first_in_chunks ? submitted_server(lower_case(m_.model)) : nullptr;
    section_.max_step_tokens = given(!server           ? whole_prompts_step
                                     : says("offline") ? server->offline_step_tokens
                                                       : server->step_tokens);
    if (!server) return;
    section_.chunked_prefill = given(true);
    if (server->sequences > 0 && !says("offline"))
      section_.max_sequences = given(server->sequences);
  }

  // github.com/SemiAnalysisAI/InferenceX benchmarks/*.sh
  void inference_max_recipe() {
    if (m_.engine.starts_with("SGLang")) sglang_recipe();
    if (m_.engine.starts_with("TensorRT-LLM")) tensorrt_recipe();
    if (m_.engine.starts_with("vLLM")) section_.max_step_tokens = given<std::int64_t>(8192);
    if (m_.metric == "ttft_s") from_cold();
  }

  // Until its pull request 480 a run began on a server that had served one request at most: what
  // each client sends first, a tenth of all, waits for kernels to be compiled and tuned. How long
  // is not told; a second or two beside tenths of a second for the others make the mean half as
  // long again.
  void from_cold() {
    constexpr Date warmed_up{.year = 2026, .month = 1, .day = 27};
    constexpr double of_the_mean = 0.4;
    const std::optional<Date> date = parse_date(m_.date);
    if (!date || *date < warmed_up) assume("what a cold server took longer", of_the_mean);
  }

  // --scheduler-recv-interval 10, from 16 clients on 30; --chunked-prefill-size by the weights.
  void sglang_recipe() {
    constexpr int many_clients = 16;
    section_.receive_interval = given(m_.concurrency.value_or(1) >= many_clients ? 30 : 10);
    const bool eight_bits = lower_case(m_.quantization).starts_with("fp8");
    section_.max_step_tokens = given<std::int64_t>(eight_bits ? 32768 : 16384);
  }

  // max_num_tokens; Llama 70B on fewer than eight cards with 1,024 tokens in and out gathers
  // prompts (batch_wait_timeout_iters).
  void tensorrt_recipe() {
    const std::string model = lower_case(m_.model);
    const bool llama = model.find("llama") != std::string::npos;
    const bool deepseek = model.find("deepseek") != std::string::npos;
    section_.max_step_tokens =
        given<std::int64_t>(llama ? 16384 : (deepseek ? one_prompt_step() : 20000));
    constexpr std::int64_t short_prompt = 1024;
    const bool short_ones = m_.prompt_tokens == short_prompt && m_.generated_tokens == short_prompt;
    constexpr int whole_board = 8;
    if (llama && short_ones && m_.count < whole_board) section_.batch_wait = given(20);
  }

  // dsr1_*_b200_trt*.sh: a token of each client, a prompt and 64 more, in whole 64s; since 2026 at
  // least 8,192.
  std::int64_t one_prompt_step() const {
    constexpr std::int64_t granule = 64;
    const std::int64_t step =
        round_up(m_.concurrency.value_or(1) + m_.prompt_tokens.value_or(0) + granule, granule);
    const std::optional<Date> date = parse_date(m_.date);
    const bool at_least_whole = date && date->year >= 2026;
    return at_least_whole ? std::max<std::int64_t>(step, 8192) : step;
  }

  void arrivals() {
    if (m_.concurrency)
      closed(*m_.concurrency);
    else if (const ServerTargets* targets = mlperf_targets())
      highest_rate(*targets);
    else if (says("server") && m_.run_throughput && mean_output_ > 0.0)
      poisson(*m_.run_throughput / mean_output_);
    else if (says("server") && m_.metric != "throughput_tps")
      load_.why_not = "the rate of arrivals is not stated";
    else if (says("closed"))
      load_.why_not = "the number of requests in flight is not stated";
    else if (many())
      section_.arrivals = given(ArrivalKind::all);
    else
      one_by_one();
    // A Server run's throughput is the rate at which it was fed, just low enough for its limits of
    // latency; it is taken for that of an offline run. Submissions of one machine in both
    // scenarios differ by 3 to 12 %.
    if (says("server") && !section_.highest_rate.has() && m_.metric == "throughput_tps")
      assume("limits of latency do not bind", 0.08);
  }

  const ServerTargets* mlperf_targets() const {
    if (!says("mlperf") || !(says("server") || says("interactive"))) return nullptr;
    const std::string model = lower_case(m_.model);
    return says("interactive") ? targets_of(interactive_targets, model)
                               : targets_of(server_targets, model);
  }

  // Submissions publish the highest rate that they found to be within the targets, and what the
  // server came to there.
  void highest_rate(const ServerTargets& targets) {
    section_.arrivals = given(ArrivalKind::poisson);
    section_.highest_rate = given(HighestRate::within_targets);
    section_.headroom = given(submitted_headroom);
    const auto target = [&](double seconds, Given<Seconds>& to) {
      if (seconds > 0.0) to = given(Seconds(seconds));
    };
    target(targets.ttft_s, section_.ttft_target);
    target(targets.tpot_s, section_.tpot_target);
    target(targets.whole_s, section_.end_to_end_target);
    // How near to the targets a submission was driven.
    constexpr double of_rates = 0.08;
    constexpr double of_latencies = 0.3;
    assume("as much load as the targets allow",
           m_.metric == "throughput_tps" ? of_rates : of_latencies);
  }

  // Words of a load that comes all at once.
  bool many() const {
    return says("offline") || says("infinite") || says("server") || says("prompts") ||
           says("requests");
  }

  // A data set and nothing else: as a chat sends its messages.
  void one_by_one() {
    constexpr double one_or_two_at_a_time = 0.3;
    assume("one request at a time", one_or_two_at_a_time);
    closed(1);
  }

  void closed(int clients) {
    section_.arrivals = given(ArrivalKind::closed);
    section_.concurrency = given(std::max(1, clients / copies_));
  }

  void poisson(double rate) {
    section_.arrivals = given(ArrivalKind::poisson);
    section_.rate = given(rate / copies_);
    // Submissions run as near to what they can take as the limits allow: there the latency depends
    // on how little is left.
    constexpr double near_saturation = 0.8;
    assume("rate of arrivals: that of the same run's throughput", near_saturation);
  }

  void requests() {
    std::optional<std::int64_t> stated = number_before_word(words_, " prompts");
    if (!stated) stated = number_before_word(words_, " requests");
    if (!stated && says("inferencemax") && m_.concurrency) {
      constexpr std::int64_t per_client = 10;  // its README: num-prompts = 10 * max-concurrency
      stated = per_client * *m_.concurrency;
    }
    if (!stated && section_.highest_rate.has()) {
      ten_minutes();
      return;
    }
    // A number in flight and not a word about the load: so many were sent at once.
    if (!stated && m_.load.empty()) stated = m_.concurrency;
    if (!stated && *section_.arrivals.value != ArrivalKind::closed) stated = usual_number();
    if (stated) section_.requests = given(std::max<std::int64_t>(1, *stated / copies_));
  }

  // As long as MLPerf's rules ask for (loadgen/mlperf.conf: *.Server.min_duration): near the
  // highest rate queues take as long to grow.
  void ten_minutes() {
    section_.duration = given(Seconds(600.0));
    section_.window = given(LoadWindow::steady);
  }

  // As many as make beginning and end small beside the middle.
  std::int64_t usual_number() {
    const std::int64_t prompt = section_.prompt.value.value_or(0);
    const std::int64_t output = section_.output.value.value_or(0);
    if (prompt + output == 0) {
      section_.window = given(LoadWindow::steady);  // a run of minutes: MLPerf asks for ten
      return requests_of_minutes() * copies_;
    }
    return usual_offline_requests(prompt + output);
  }

  // MLPerf's ten minutes (min_duration) at the 16 requests a second that a copy of Llama 2 70B
  // comes to on two H100.
  std::int64_t requests_of_minutes() const {
    constexpr std::int64_t of_mlperf = 10'000;
    constexpr std::int64_t otherwise = 3000;
    return says("mlperf") ? of_mlperf : otherwise;
  }

  const Measurement& m_;
  int copies_;
  Catalog& catalog_;
  std::string words_;
  LoadSection section_;
  MeasuredLoad load_;
  double mean_output_ = 0.0;  // of a data set
};

}  // namespace

MeasuredLoad load_of(const Measurement& measurement, int copies, Catalog& catalog) {
  return LoadReader(measurement, std::max(1, copies), catalog).run();
}

}  // namespace plimsoll

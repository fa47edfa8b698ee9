#include "scenario/resolve_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "scenario/load_section.h"
#include "scenario/recorded_requests.h"
#include "scenario/refusing.h"

namespace plimsoll {

namespace {

// As many as vLLM's `bench serve` sends when nobody says; of closed loops ten of each client, as
// InferenceMAX sends, and no fewer than settle a mean.
constexpr std::int64_t usual_requests = 1000;
constexpr std::int64_t requests_per_client = 10;
constexpr std::int64_t fewest_requests = 100;

// z of the 99.9th percentile of the normal distribution: a log-normal length without an end of its
// own is cut off there.
constexpr double z_of_cut = 3.0902323061678132;

class LoadResolver : private Refusing {
 public:
  LoadResolver(const ScenarioSpec& spec, Catalog& catalog, std::vector<ChosenDefault>& chosen,
               Diagnostics& diagnostics)
      : Refusing(diagnostics), spec_(spec), given_(spec.load), catalog_(catalog), chosen_(chosen) {}

  std::optional<LoadSetup> run() {
    arrivals();
    lengths();
    requests();
    setup_.seed = given_.seed.value.value_or(setup_.seed);
    setup_.window = given_.window.value.value_or(setup_.window);
    setup_.ttft_target = given_.ttft_target.value;
    setup_.tpot_target = given_.tpot_target.value;
    setup_.end_to_end_target = given_.end_to_end_target.value;
    targets();
    setup_.max_sequences = given_.max_sequences.value;
    setup_.max_step_tokens = given_.max_step_tokens.value;
    setup_.admission = given_.admission.value;
    setup_.memory_share = given_.memory_share.value;
    setup_.cache_tokens = given_.cache_tokens.value;
    setup_.chunked_prefill = given_.chunked_prefill.value;
    setup_.receive_interval = given_.receive_interval.value.value_or(1);
    setup_.batch_wait = given_.batch_wait.value.value_or(0);
    setup_.prefix_share = given_.prefix_share.value.value_or(0.0);
    if (failed_) return std::nullopt;
    return std::move(setup_);
  }

 private:
  void chose(std::string field, std::string value, std::string why) {
    chosen_.push_back(
        {.field = std::move(field), .value = std::move(value), .why = std::move(why)});
  }

  // The kind stated, or the one that the other keys mean.
  std::optional<ArrivalKind> kind_of_arrivals() const {
    if (given_.arrivals.has()) return given_.arrivals.value;
    if (given_.trace.has()) return ArrivalKind::trace;
    if (given_.rate.has() || given_.highest_rate.has())
      return given_.burstiness.has() ? ArrivalKind::bursty : ArrivalKind::poisson;
    if (given_.concurrency.has()) return ArrivalKind::closed;
    return std::nullopt;
  }

  void arrivals() {
    const std::optional<ArrivalKind> kind = kind_of_arrivals();
    if (!kind) {
      refuse("missing-key", *first_place(given_), "the load does not say how requests arrive",
             "load.arrivals: closed, all, poisson, bursty or trace");
      return;
    }
    setup_.arrivals = *kind;
    const bool paced = *kind == ArrivalKind::poisson || *kind == ArrivalKind::bursty;
    belongs(given_.concurrency, "concurrency", *kind == ArrivalKind::closed, "closed");
    belongs(given_.rate, "rate", paced, "poisson");
    belongs(given_.highest_rate, "rate", paced, "poisson");
    belongs(given_.duration, "duration", paced, "poisson");
    belongs(given_.burstiness, "burstiness", *kind == ArrivalKind::bursty, "bursty");
    belongs(given_.trace, "trace", *kind == ArrivalKind::trace, "trace");
    setup_.concurrency = needed(given_.concurrency, "concurrency", *kind == ArrivalKind::closed, 1);
    setup_.highest_rate = given_.highest_rate.has();
    setup_.rate = needed(given_.rate, "rate", paced && !setup_.highest_rate, 1.0);
    setup_.burstiness = needed(given_.burstiness, "burstiness", *kind == ArrivalKind::bursty, 1.0);
    if (*kind == ArrivalKind::trace) trace();
  }

  template <class T>
  void belongs(const Given<T>& value, const char* key, bool does, const char* to) {
    if (!value.has() || does) return;
    refuse("inconsistent", value.place,
           std::string(key) + " says nothing about arrivals of the kind '" +
               std::string(to_text(setup_.arrivals)) + "'",
           "arrivals: " + std::string(to) + ", or no " + key);
  }

  template <class T>
  T needed(const Given<T>& value, const char* key, bool is, T otherwise) {
    if (is && !value.has())
      refuse("missing-key", *first_place(given_),
             "arrivals of the kind '" + std::string(to_text(setup_.arrivals)) + "' need " + key,
             "load." + std::string(key));
    return value.value.value_or(otherwise);
  }

  // Of the share that has to be within them: a percentile of MLPerf's Server scenario
  // (loadgen/mlperf.conf: *.Server.target_latency_percentile = 99).
  void targets() {
    if (!setup_.has_targets()) {
      if (given_.highest_rate.has())
        refuse("missing-key", given_.highest_rate.place, "the highest rate needs a target",
               "load.ttft_target, load.tpot_target or load.end_to_end_target");
      if (given_.target_share.has())
        refuse("inconsistent", given_.target_share.place,
               "target_share says nothing without a target",
               "ttft_target, tpot_target or end_to_end_target, or no target_share");
    } else if (given_.target_share.has() && !given_.highest_rate.has()) {
      refuse("inconsistent", given_.target_share.place,
             "target_share is of the highest rate, and the rate is given",
             "rate: highest, or no target_share");
    }
    if (given_.headroom.has() && !given_.highest_rate.has())
      refuse("inconsistent", given_.headroom.place,
             "headroom is below the highest rate, and that is not asked for",
             "rate: highest, or no headroom");
    setup_.target_share = given_.target_share.value.value_or(setup_.target_share);
    setup_.headroom = given_.headroom.value.value_or(setup_.headroom);
  }

  void trace() {
    if (!given_.trace.has()) {
      needed(given_.trace, "trace", true, {});
      return;
    }
    setup_.trace =
        read_recorded_requests(*given_.trace.value, true, given_.trace.place, diagnostics_);
    failed_ = failed_ || setup_.trace.empty();
    const std::array<const SourcePlace*, 4> places = {
        given_.lengths.has() ? &given_.lengths.place : nullptr,
        given_.prompt.has() ? &given_.prompt.place : nullptr,
        given_.output.has() ? &given_.output.place : nullptr,
        given_.lengths_file.has() ? &given_.lengths_file.place : nullptr};
    for (const SourcePlace* place : places)
      if (place)
        return refuse("inconsistent", *place, "the trace says how long its requests are",
                      "a trace or lengths");
  }

  void requests() {
    const std::int64_t clients =
        std::max(fewest_requests, requests_per_client * setup_.concurrency);
    setup_.requests = setup_.arrivals == ArrivalKind::closed ? clients : usual_requests;
    if (setup_.arrivals == ArrivalKind::trace) {
      const auto recorded = static_cast<std::int64_t>(setup_.trace.size());
      setup_.requests = std::min(recorded, given_.requests.value.value_or(recorded));
    } else if (given_.requests.has()) {
      setup_.requests = *given_.requests.value;
      if (given_.duration.has())
        refuse("inconsistent", given_.duration.place, "the number of requests is given",
               "a duration or requests");
    } else if (given_.duration.has()) {
      setup_.duration = given_.duration.value;
      if (!setup_.highest_rate) setup_.requests = setup_.requests_at(setup_.rate);
    } else {
      chose("load.requests", std::to_string(setup_.requests),
            setup_.arrivals == ArrivalKind::closed ? "ten of each client, and a hundred at least"
                                                   : "the usual number of a benchmark");
    }
  }

  // Those of a trace are its own.
  void lengths() {
    LengthSetup& lengths = setup_.lengths;
    const bool of_file = given_.lengths_file.has();
    const std::string stated = given_.lengths.value.value_or(of_file ? "file" : "fixed");
    lengths.prompt = static_cast<double>(stated_tokens(given_.prompt, spec_.prompt, 512));
    lengths.output = static_cast<double>(stated_tokens(given_.output, spec_.generate, 128));
    if (const std::optional<LengthKind> kind = length_kind(stated))
      lengths.kind = *kind;
    else
      dataset(stated);
    shape();
    if (lengths.kind == LengthKind::listed) list();
    if (lengths.kind == LengthKind::log_normal) cut_off();
    if (setup_.arrivals == ArrivalKind::trace && !setup_.trace.empty()) recorded_means();
  }

  // Of the load; else of the workload; else the program's.
  static std::int64_t stated_tokens(const Given<std::int64_t>& of_load,
                                    const Given<std::int64_t>& of_workload, std::int64_t usual) {
    return of_load.value.value_or(of_workload.value.value_or(usual));
  }

  void dataset(const std::string& name) {
    const auto& known = catalog_.request_lengths(diagnostics_);
    const RequestLengthSpec* found = find_request_lengths(known, name);
    if (!found) {
      std::vector<std::string> words = {"fixed", "uniform", "log_normal", "file"};
      for (const auto& [id, spec] : known) words.push_back(id);
      refuse("unknown-lengths", given_.lengths.place,
             "no lengths go by the name " + in_quotes(name), joined(words),
             nearest_name(name, words).value_or(""));
      return;
    }
    LengthSetup& lengths = setup_.lengths;
    lengths.kind = LengthKind::log_normal;
    lengths.dataset = found->id;
    lengths.prompt = found->prompt.mean.value;
    lengths.output = found->output.mean.value;
    lengths.prompt_sigma = found->prompt.sigma.value;
    lengths.output_sigma = found->output.sigma.value;
    lengths.prompt_max = found->prompt.most;
    lengths.output_max = found->output.most;
    if (given_.prompt.has()) lengths.prompt = static_cast<double>(*given_.prompt.value);
    if (given_.output.has()) lengths.output = static_cast<double>(*given_.output.value);
  }

  template <class T>
  void shape_key(const Given<T>& value, const char* key, LengthKind kind) {
    if (!value.has() || setup_.lengths.kind == kind) return;
    refuse("inconsistent", value.place,
           std::string(key) + " says nothing about lengths of the kind '" +
               std::string(to_text(setup_.lengths.kind)) + "'",
           "distribution: " + std::string(to_text(kind)) + ", or no " + key);
  }

  void shape() {
    LengthSetup& lengths = setup_.lengths;
    shape_key(given_.shortest, "shortest", LengthKind::uniform);
    shape_key(given_.longest, "longest", LengthKind::uniform);
    shape_key(given_.prompt_sigma, "prompt_sigma", LengthKind::log_normal);
    shape_key(given_.output_sigma, "output_sigma", LengthKind::log_normal);
    shape_key(given_.prompt_max, "prompt_max", LengthKind::log_normal);
    shape_key(given_.output_max, "output_max", LengthKind::log_normal);
    shape_key(given_.lengths_file, "file", LengthKind::listed);
    lengths.shortest = given_.shortest.value.value_or(1.0);
    lengths.longest = given_.longest.value.value_or(1.0);
    if (lengths.shortest > lengths.longest)
      refuse("out-of-range", given_.shortest.place,
             "the shortest lengths are " + print_number(lengths.shortest) +
                 " of those stated and the longest " + print_number(lengths.longest),
             "shortest <= longest");
    lengths.prompt_sigma = given_.prompt_sigma.value.value_or(lengths.prompt_sigma);
    lengths.output_sigma = given_.output_sigma.value.value_or(lengths.output_sigma);
    lengths.prompt_max = given_.prompt_max.value.value_or(lengths.prompt_max);
    lengths.output_max = given_.output_max.value.value_or(lengths.output_max);
  }

  void list() {
    if (!given_.lengths_file.has()) {
      refuse("missing-key", given_.lengths.place, "lengths of a file need one",
             "load.lengths.file: FILE");
      return;
    }
    setup_.lengths.list = read_recorded_requests(*given_.lengths_file.value, false,
                                                 given_.lengths_file.place, diagnostics_);
    failed_ = failed_ || setup_.lengths.list.empty();
    set_means(setup_.lengths.list);
  }

  void recorded_means() {
    setup_.lengths.kind = LengthKind::listed;
    set_means(setup_.trace);
  }

  void set_means(const std::vector<RecordedRequest>& list) {
    double prompts = 0.0;
    double outputs = 0.0;
    for (const RecordedRequest& request : list) {
      prompts += static_cast<double>(request.prompt);
      outputs += static_cast<double>(request.output);
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, list.size()));
    setup_.lengths.prompt = prompts / count;
    setup_.lengths.output = outputs / count;
  }

  void cut_off() {
    LengthSetup& lengths = setup_.lengths;
    const auto end = [](double mean, double sigma) {
      const double median = mean * std::exp(-sigma * sigma / 2.0);
      return static_cast<std::int64_t>(std::ceil(median * std::exp(z_of_cut * sigma)));
    };
    if (lengths.prompt_max == 0) lengths.prompt_max = end(lengths.prompt, lengths.prompt_sigma);
    if (lengths.output_max == 0) lengths.output_max = end(lengths.output, lengths.output_sigma);
  }

  const ScenarioSpec& spec_;
  const LoadSection& given_;
  Catalog& catalog_;
  std::vector<ChosenDefault>& chosen_;
  LoadSetup setup_;
};

std::int64_t longest_of(const std::vector<RecordedRequest>& list) {
  std::int64_t longest = 0;
  for (const RecordedRequest& request : list)
    longest = std::max(longest, request.prompt + request.output);
  return longest;
}

}  // namespace

std::optional<LoadSetup> resolve_load(const ScenarioSpec& spec, Catalog& catalog,
                                      std::vector<ChosenDefault>& chosen,
                                      Diagnostics& diagnostics) {
  return LoadResolver(spec, catalog, chosen, diagnostics).run();
}

std::int64_t longest_request(const LoadSetup& load) {
  if (load.arrivals == ArrivalKind::trace) return longest_of(load.trace);
  const LengthSetup& lengths = load.lengths;
  if (lengths.kind == LengthKind::listed) return longest_of(lengths.list);
  if (lengths.kind == LengthKind::log_normal) return lengths.prompt_max + lengths.output_max;
  const auto stretched = [&](double tokens) {
    return static_cast<std::int64_t>(std::floor(tokens * lengths.longest));
  };
  return stretched(lengths.prompt) + stretched(lengths.output);
}

}  // namespace plimsoll

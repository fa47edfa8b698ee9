#include "serving/serving.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <stdexcept>

namespace plimsoll::serving {

namespace {

constexpr Picoseconds never = std::numeric_limits<Picoseconds>::max();

struct Sequence {
  std::size_t request = 0;
  std::int64_t to_compute =
      0;  // tokens of the prompt, and after a preemption of what had been generated
  std::int64_t computed = 0;  // tokens in the cache
  std::int64_t generated = 0;
  std::int64_t output = 0;
  std::int64_t blocks = 0;
  Picoseconds last_token = never;  // of this request; never: none yet
  std::int64_t scheduled = 0;      // tokens of the step at hand

  bool decoding() const { return computed >= to_compute; }
  std::int64_t remaining() const { return output - generated; }
};

class Loop {
 public:
  Loop(std::span<const Request> requests, const Limits& limits, const StepModel& model,
       const Options& options)
      : requests_(requests),
        limits_(limits),
        model_(model),
        options_(options),
        free_(limits.blocks) {
    check();
    run_.requests.resize(requests.size());
    if (options_.closed_loop)
      sendable_ =
          std::min(requests.size(), static_cast<std::size_t>(options_.closed_loop->clients));
  }

  Run serve() {
    while (true) {
      receive();
      if (running_.empty() && waiting_.empty()) {
        if (next_ >= requests_.size()) break;
        now_ = std::max(now_, next_arrival());
        continue;
      }
      if (!decode_together()) step();
    }
    run_.end = now_;
    return std::move(run_);
  }

 private:
  void check() const {
    if (limits_.step_tokens < 1 || limits_.sequences < 1 || limits_.block_tokens < 1 ||
        limits_.blocks < 0)
      throw std::invalid_argument("serve: limits out of range");
    if (options_.closed_loop && options_.closed_loop->clients < 1)
      throw std::invalid_argument("serve: a closed loop without clients");
    Picoseconds before = 0;
    for (const Request& request : requests_) {
      if (request.prompt < 1 || request.output < 1)
        throw std::invalid_argument("serve: an empty request");
      if (!options_.closed_loop && request.arrival < before)
        throw std::invalid_argument("serve: requests are not in the order of their arrival");
      before = request.arrival;
    }
  }

  std::int64_t blocks_for(std::int64_t tokens) const {
    return (tokens + limits_.block_tokens - 1) / limits_.block_tokens;
  }

  Picoseconds next_arrival() const {
    if (next_ >= requests_.size()) return never;
    if (options_.closed_loop) return next_ < sendable_ ? now_ : never;
    return requests_[next_].arrival;
  }

  // What has arrived by now joins the queue. Of a closed loop, what clients have sent.
  void receive() {
    while (next_arrival() <= now_) {
      const Request& request = requests_[next_];
      RequestTimes& times = run_.requests[next_];
      times.arrival = options_.closed_loop ? now_ : request.arrival;
      times.scheduled = never;
      // The last token is given out, not kept.
      if (blocks_for(request.prompt + request.output - 1) > limits_.blocks) {
        times = {.arrival = times.arrival,
                 .scheduled = times.arrival,
                 .first_token = times.arrival,
                 .last_token = times.arrival,
                 .refused = true};
        ++sendable_;
      } else {
        waiting_.push_back(
            {.request = next_, .to_compute = request.prompt, .output = request.output});
      }
      ++next_;
    }
  }

  // Blocks for `tokens` more of it; false when there are not enough.
  bool allocate(Sequence& sequence, std::int64_t tokens) {
    const std::int64_t more =
        std::max<std::int64_t>(0, blocks_for(sequence.computed + tokens) - sequence.blocks);
    if (more > free_) return false;
    sequence.blocks += more;
    free_ -= more;
    return true;
  }

  void preempt_latest() {
    Sequence sequence = running_.back();
    running_.pop_back();
    free_ += sequence.blocks;
    sequence.blocks = 0;
    sequence.computed = 0;
    sequence.scheduled = 0;
    sequence.to_compute = requests_[sequence.request].prompt + sequence.generated;
    waiting_.push_front(sequence);
    ++run_.preemptions;
    ++run_.requests[sequence.request].preemptions;
  }

  std::int64_t wanted(const Sequence& sequence, std::int64_t budget) const {
    if (sequence.decoding()) return 1;
    const std::int64_t left = sequence.to_compute - sequence.computed;
    return limits_.chunked_prefill ? std::min(left, budget) : left;
  }

  // Sequences that run, in their order. Returns whether something was preempted.
  bool schedule_running(std::int64_t& budget) {
    bool preempted = false;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      running_[i].scheduled = 0;
      if (budget <= 0) continue;
      const std::int64_t tokens = wanted(running_[i], budget);
      while (i < running_.size() && !allocate(running_[i], tokens)) {
        preempt_latest();
        preempted = true;
      }
      if (i >= running_.size()) break;
      running_[i].scheduled = tokens;
      budget -= tokens;
    }
    return preempted;
  }

  void admit(std::int64_t budget) {
    bool first = true;
    while (!waiting_.empty() && budget > 0 &&
           running_.size() < static_cast<std::size_t>(limits_.sequences)) {
      Sequence& sequence = waiting_.front();
      const std::int64_t tokens = wanted(sequence, budget);
      // Without chunks a prompt longer than the budget goes alone.
      const bool too_long = tokens > budget && !(first && running_.empty());
      if (too_long || !allocate(sequence, tokens)) return;
      sequence.scheduled = tokens;
      budget -= tokens;
      first = false;
      Picoseconds& scheduled = run_.requests[sequence.request].scheduled;
      if (scheduled == never) scheduled = now_;
      running_.push_back(sequence);
      waiting_.pop_front();
    }
  }

  StepLoad load() const {
    StepLoad load;
    for (const Sequence& sequence : running_) {
      if (sequence.scheduled == 0) continue;
      load.longest_context = std::max(load.longest_context, sequence.computed);
      if (sequence.decoding()) {
        ++load.decoding;
        load.decode_context += sequence.computed;
      } else {
        const std::int64_t n = sequence.scheduled;
        ++load.prefilling;
        load.prefill_tokens += n;
        load.prefill_pairs += n * sequence.computed + n * (n + 1) / 2;
      }
    }
    return load;
  }

  // One step, whatever is in it.
  void step() {
    std::int64_t budget = limits_.step_tokens;
    if (!schedule_running(budget)) admit(budget);
    const StepLoad what = load();
    const Picoseconds time =
        what.prefilling > 0 ? model_.mixed_step(what) : time_of(model_.decode_run(what), 1);
    account(1, time);
    const Picoseconds begun = now_;
    now_ += time;
    std::int64_t in_a_row = 0;
    for (Sequence& sequence : running_) {
      if (sequence.scheduled == 0) continue;
      sequence.computed += sequence.scheduled;
      if (sequence.decoding()) in_a_row += give_token(sequence, begun) ? 1 : 0;
    }
    run_.gaps.add({.first = time}, 1, in_a_row);
    leave();
  }

  void account(std::int64_t steps, Picoseconds time) {
    const std::int64_t used = limits_.blocks - free_;
    run_.steps += steps;
    run_.peak_blocks = std::max(run_.peak_blocks, used);
    run_.block_time += static_cast<double>(used) * static_cast<double>(time);
  }

  // Whether its token before came at the step's beginning, so that the gap is the step's time;
  // others are noted here.
  bool give_token(Sequence& sequence, Picoseconds begun) {
    const bool in_a_row = sequence.last_token == begun;
    if (sequence.last_token == never)
      run_.requests[sequence.request].first_token = now_;
    else if (!in_a_row)
      run_.gaps.add(now_ - sequence.last_token);
    sequence.last_token = now_;
    ++sequence.generated;
    ++run_.generated;
    return in_a_row;
  }

  // Those that have all their tokens give up their blocks.
  void leave() {
    const auto done = [this](const Sequence& sequence) {
      if (sequence.remaining() > 0) return false;
      RequestTimes& times = run_.requests[sequence.request];
      times.last_token = now_;
      times.output = sequence.generated;
      free_ += sequence.blocks;
      ++sendable_;
      return true;
    };
    running_.erase(std::remove_if(running_.begin(), running_.end(), done), running_.end());
  }

  // Steps in which the sequences that run decode and nothing else can happen; false when the next
  // step is another kind.
  bool decode_together() {
    if (!options_.coalesce || running_.empty()) return false;
    if (static_cast<std::int64_t>(running_.size()) > limits_.step_tokens || could_admit())
      return false;
    StepLoad what{.decoding = static_cast<int>(running_.size())};
    std::int64_t most = never;
    for (const Sequence& sequence : running_) {
      if (!sequence.decoding()) return false;
      what.decode_context += sequence.computed;
      what.longest_context = std::max(what.longest_context, sequence.computed);
      most = std::min(most, sequence.remaining());
    }
    most = steps_with_blocks(most);
    if (most < 2) return false;
    const DecodePiece piece = model_.decode_run(what);
    most = std::min(most, piece.steps);
    take(piece, std::min(most, steps_until(next_arrival(), piece, most)));
    return true;
  }

  // Whether a step would admit the head of the queue as things are.
  bool could_admit() const {
    if (waiting_.empty() || running_.size() >= static_cast<std::size_t>(limits_.sequences))
      return false;
    const std::int64_t budget = limits_.step_tokens - static_cast<std::int64_t>(running_.size());
    if (budget <= 0) return false;
    const std::int64_t tokens = wanted(waiting_.front(), budget);
    return tokens <= budget && blocks_for(tokens) <= free_;
  }

  std::int64_t blocks_after(std::int64_t steps) const {
    std::int64_t more = 0;
    for (const Sequence& sequence : running_)
      more += blocks_for(sequence.computed + steps) - sequence.blocks;
    return more;
  }

  // The most steps, at most `most`, for which there are blocks.
  std::int64_t steps_with_blocks(std::int64_t most) const {
    if (blocks_after(most) <= free_) return most;
    std::int64_t low = 0;
    while (low + 1 < most) {
      const std::int64_t middle = low + (most - low) / 2;
      (blocks_after(middle) <= free_ ? low : most) = middle;
    }
    return low;
  }

  // Steps, at most `most`, up to the first that ends at `time` or later.
  std::int64_t steps_until(Picoseconds time, const DecodePiece& piece, std::int64_t most) const {
    if (time == never || now_ + time_of(piece, most) < time) return most;
    std::int64_t low = 0;
    while (low + 1 < most) {
      const std::int64_t middle = low + (most - low) / 2;
      (now_ + time_of(piece, middle) < time ? low : most) = middle;
    }
    return most;
  }

  void take(const DecodePiece& piece, std::int64_t steps) {
    const Picoseconds begun = now_;
    grow_blocks(piece, steps);
    now_ += time_of(piece, steps);
    const auto sequences = static_cast<std::int64_t>(running_.size());
    std::int64_t in_a_row = 0;
    for (Sequence& sequence : running_) {
      if (sequence.last_token == begun)
        ++in_a_row;
      else
        run_.gaps.add(begun + piece.first - sequence.last_token);
      sequence.computed += steps;
      sequence.generated += steps;
      sequence.last_token = now_;
    }
    run_.gaps.add({.first = piece.first}, 1, in_a_row);
    run_.gaps.add({.first = piece.first + piece.growth, .growth = piece.growth}, steps - 1,
                  sequences);
    run_.generated += steps * sequences;
    leave();
  }

  // Blocks are taken in the steps in which they are needed: what is in use is accounted for by
  // time.
  void grow_blocks(const DecodePiece& piece, std::int64_t steps) {
    std::int64_t taken = 0;
    while (taken < steps) {
      std::int64_t room = steps;  // steps until a sequence enters another block
      for (Sequence& sequence : running_) {
        allocate(sequence, taken + 1);
        room = std::min(room, sequence.blocks * limits_.block_tokens - sequence.computed);
      }
      account(room - taken, time_of(piece, room) - time_of(piece, taken));
      taken = room;
    }
  }

  std::span<const Request> requests_;
  const Limits& limits_;
  const StepModel& model_;
  const Options& options_;
  std::int64_t free_;
  Picoseconds now_ = 0;
  std::size_t next_ = 0;           // request that has not arrived
  std::size_t sendable_ = 0;       // closed loop: requests that clients may have sent by now
  std::vector<Sequence> running_;  // in the order of admission
  std::deque<Sequence> waiting_;
  Run run_;
};

}  // namespace

Run serve(std::span<const Request> requests, const Limits& limits, const StepModel& model,
          const Options& options) {
  return Loop(requests, limits, model, options).serve();
}

}  // namespace plimsoll::serving

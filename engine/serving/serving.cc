#include "serving/serving.h"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "base/ceil_div.h"
#include "base/rng.h"
#include "serving/free_blocks.h"

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
  std::int64_t blocks = 0;         // of its own
  std::int64_t shared_blocks = 0;  // of the prefix cache
  Picoseconds last_token = never;  // of this request; never: none yet
  std::int64_t scheduled = 0;      // tokens of the step at hand

  bool decoding() const { return computed >= to_compute; }
  std::int64_t remaining() const { return output - generated; }
  bool done() const { return remaining() <= 0; }  // in a static batch it stays
};

class Loop {
 public:
  Loop(std::span<const Request> requests, const Limits& limits, const StepModel& model,
       const Options& options)
      : requests_(requests),
        limits_(limits),
        model_(model),
        options_(options),
        all_own_(checked(requests, limits, options) - prefix_blocks()),
        free_(all_own_) {
    run_.requests.resize(requests.size());
    if (options_.closed_loop)
      sent_.resize(
          std::min(requests.size(), static_cast<std::size_t>(options_.closed_loop->clients)));
  }

  Run serve() {
    while (true) {
      receive();
      if (running_.empty() && waiting_.empty()) {
        if (next_ >= requests_.size()) break;
        rest_until(next_arrival());
        continue;
      }
      if (!decode_together()) step();
    }
    run_.end = now_;
    return std::move(run_);
  }

 private:
  // The blocks there are, if everything is in its range.
  static std::int64_t checked(std::span<const Request> requests, const Limits& limits,
                              const Options& options) {
    if (limits.step_tokens < 1 || limits.sequences < 1 || limits.block_tokens < 1 ||
        limits.blocks < 0 || limits.sequence_blocks < 0 || limits.receive_every < 1 ||
        limits.batch_wait_steps < 0 || limits.speculation.drafted < 0)
      throw std::invalid_argument("serve: limits out of range");
    if (limits.static_batch && limits.admit != Admit::request)
      throw std::invalid_argument("serve: a static batch sets its blocks aside");
    if (options.closed_loop && options.closed_loop->clients < 1)
      throw std::invalid_argument("serve: a closed loop without clients");
    Picoseconds before = 0;
    for (const Request& request : requests) {
      if (request.prompt < 1 || request.output < 1)
        throw std::invalid_argument("serve: an empty request");
      if (request.cached < 0 || request.cached >= request.prompt)
        throw std::invalid_argument("serve: a prompt of which nothing is left to compute");
      if (!options.closed_loop && request.arrival < before)
        throw std::invalid_argument("serve: requests are not in the order of their arrival");
      before = request.arrival;
    }
    return limits.blocks;
  }

  std::int64_t blocks_for(std::int64_t tokens) const {
    return ceil_div(tokens, limits_.block_tokens);
  }

  // Whole blocks only are found in the prefix cache.
  std::int64_t shared_blocks(const Request& request) const {
    return request.cached / limits_.block_tokens;
  }

  // The longest prefix is in memory all the time.
  std::int64_t prefix_blocks() const {
    std::int64_t most = 0;
    for (const Request& request : requests_) most = std::max(most, shared_blocks(request));
    return std::min(most, limits_.blocks);
  }

  // The last token is given out, not kept.
  static std::int64_t tokens_at_end(const Request& request) {
    return request.prompt + request.output - 1;
  }

  std::int64_t own_blocks(const Sequence& sequence, std::int64_t tokens) const {
    return limits_.sequence_blocks + blocks_for(tokens) - sequence.shared_blocks;
  }

  // Blocks that it holds once it has computed so many tokens.
  std::int64_t held_with(const Sequence& sequence, std::int64_t tokens) const {
    if (limits_.admit == Admit::request) tokens = tokens_at_end(requests_[sequence.request]);
    return own_blocks(sequence, tokens);
  }

  Picoseconds next_arrival() const {
    if (next_ >= requests_.size()) return never;
    if (options_.closed_loop) return next_ < sent_.size() ? sent_[next_] : never;
    return requests_[next_].arrival;
  }

  void rest_until(Picoseconds time) {
    if (time <= now_) return;
    if (options_.record) options_.record->idle(static_cast<double>(time - now_));
    now_ = time;
  }

  // What has arrived by now joins the queue. Of a closed loop, what clients have sent.
  void receive() {
    if (unseen_steps_ < limits_.receive_every && !running_.empty()) return;
    unseen_steps_ = 0;
    while (next_arrival() <= now_) {
      const Request& request = requests_[next_];
      RequestTimes& times = run_.requests[next_];
      times.arrival = next_arrival();
      times.scheduled = never;
      Sequence sequence{.request = next_,
                        .to_compute = request.prompt,
                        .output = request.output,
                        .shared_blocks = shared_blocks(request)};
      sequence.computed = sequence.shared_blocks * limits_.block_tokens;
      if (own_blocks(sequence, tokens_at_end(request)) > all_own_) {
        refuse(times);
      } else {
        waiting_.push_back(sequence);
        ++without_token_;
        if (options_.record)
          options_.record->add_to_last({.first_token = static_cast<double>(now_ - times.arrival)});
      }
      ++next_;
    }
  }

  void refuse(RequestTimes& times) {
    times = {.arrival = times.arrival,
             .scheduled = times.arrival,
             .first_token = times.arrival,
             .last_token = times.arrival,
             .refused = true};
    client_sends();
    ++answered_;
  }

  // Whose request has been answered sends the next.
  void client_sends() {
    if (options_.closed_loop) sent_.push_back(now_);
  }

  // Blocks for `tokens` more of it; false when there are not enough.
  bool allocate(Sequence& sequence, std::int64_t tokens) {
    const std::int64_t more = std::max<std::int64_t>(
        0, held_with(sequence, sequence.computed + tokens) - sequence.blocks);
    if (more > free_.count()) return false;
    sequence.blocks += more;
    free_.take(more);
    return true;
  }

  void preempt_latest() {
    Sequence sequence = running_.back();
    running_.pop_back();
    give_up(sequence);
    sequence.blocks = 0;
    sequence.computed = sequence.shared_blocks * limits_.block_tokens;
    sequence.to_compute = requests_[sequence.request].prompt + sequence.generated;
    waiting_.push_front(sequence);
    ++run_.preemptions;
    ++run_.requests[sequence.request].preemptions;
  }

  // Full blocks keep their tokens until somebody takes them.
  void give_up(const Sequence& sequence) {
    const std::int64_t kept =
        limits_.prefix_caching
            ? std::min(sequence.computed / limits_.block_tokens - sequence.shared_blocks,
                       sequence.blocks - limits_.sequence_blocks)
            : 0;
    free_.give_back(sequence.blocks - kept);
    free_.leave(sequence.request, kept);
  }

  // As it would begin now: with what it left in blocks that are still untouched, but for the last
  // token.
  Sequence resumed(Sequence sequence) const {
    if (!limits_.prefix_caching) return sequence;
    const std::int64_t kept = free_.left_by(sequence.request) * limits_.block_tokens;
    sequence.computed =
        std::min(sequence.computed + kept,
                 (sequence.to_compute - 1) / limits_.block_tokens * limits_.block_tokens);
    return sequence;
  }

  // No more is drafted than is left to answer.
  std::int64_t verified(const Sequence& sequence) const {
    const std::int64_t most = std::max<std::int64_t>(0, sequence.remaining() - 1);
    return 1 + std::min<std::int64_t>(limits_.speculation.drafted, most);
  }

  std::int64_t wanted(const Sequence& sequence, std::int64_t budget) const {
    if (sequence.decoding()) return verified(sequence);
    const std::int64_t left = sequence.to_compute - sequence.computed;
    return limits_.chunked_prefill ? std::min(left, budget) : left;
  }

  // What goes into the next step. Nobody is scheduled when it begins.
  void schedule() {
    std::int64_t budget = limits_.step_tokens;
    load_ = {};
    if (!limits_.prefill_alone) {
      if (!schedule_running(budget, false)) admit(budget);
      return;
    }
    if (!schedule_running(budget, true)) admit(budget);
    if (load_.prefilling == 0) schedule_running(budget, false);
  }

  // Who is scheduled is not preempted in the same step: the latest goes first.
  void put_in_step(Sequence& sequence, std::int64_t tokens) {
    sequence.scheduled = tokens;
    if (tokens == 0) return;
    load_.longest_context = std::max(load_.longest_context, sequence.computed);
    if (sequence.decoding()) {
      ++load_.decoding;
      load_.decode_context += sequence.computed;
    } else {
      ++load_.prefilling;
      load_.prefill_tokens += tokens;
      load_.prefill_pairs += tokens * sequence.computed + tokens * (tokens + 1) / 2;
    }
  }

  // Whether it has to take blocks for so many tokens more.
  bool outgrows_blocks(const Sequence& sequence, std::int64_t tokens) const {
    return sequence.computed + tokens > capacity(sequence);
  }

  // Sequences that run, in their order. Returns whether something was preempted.
  bool schedule_running(std::int64_t& budget, bool prompts_only) {
    bool preempted = false;
    for (std::size_t i = 0; i < running_.size() && budget > 0; ++i) {
      if (prompts_only && running_[i].decoding()) continue;
      const std::int64_t tokens = wanted(running_[i], budget);
      if (outgrows_blocks(running_[i], tokens)) {
        while (i < running_.size() && !allocate(running_[i], tokens)) {
          preempt_latest();
          preempted = true;
        }
        if (i >= running_.size()) break;
      }
      put_in_step(running_[i], tokens);
      budget -= tokens;
    }
    return preempted;
  }

  // Whether it may be let in as far as the blocks go.
  bool has_room(const Sequence& sequence, std::int64_t tokens) const {
    if (limits_.admit == Admit::prompt) tokens = sequence.to_compute - sequence.computed;
    return held_with(sequence, sequence.computed + tokens) <= free_.count();
  }

  bool takes_no_more() const {
    return running_.size() >= static_cast<std::size_t>(limits_.sequences) ||
           (limits_.static_batch && !running_.empty());
  }

  // Whether prompts that could be let in wait for others.
  bool waits_for_batch() {
    if (waiting_.empty() || running_.empty() || waited_steps_ >= limits_.batch_wait_steps ||
        tokens_at_hand() >= limits_.batch_wait_tokens) {
      waited_steps_ = 0;
      return false;
    }
    ++waited_steps_;
    return true;
  }

  std::int64_t tokens_at_hand() const {
    auto tokens = static_cast<std::int64_t>(running_.size());
    for (const Sequence& sequence : waiting_) tokens += sequence.to_compute - sequence.computed;
    return tokens;
  }

  void admit(std::int64_t budget) {
    if (takes_no_more() || waits_for_batch()) return;
    bool first = true;
    while (!waiting_.empty() && running_.size() < static_cast<std::size_t>(limits_.sequences)) {
      // A static batch is filled at once; who finds no room in this step goes in a later one.
      if (budget <= 0 && !limits_.static_batch) return;
      Sequence sequence = resumed(waiting_.front());
      const std::int64_t tokens = wanted(sequence, budget);
      // Without chunks a prompt longer than the budget goes alone.
      const bool too_long = tokens > budget && !(first && running_.empty());
      if (too_long || !has_room(sequence, tokens)) return;
      // What it left is taken up; the rest of what it takes is others'.
      sequence.blocks = free_.left_by(sequence.request);
      free_.take_up(sequence.request);
      allocate(sequence, tokens);
      put_in_step(sequence, tokens);
      budget -= tokens;
      first = false;
      Picoseconds& scheduled = run_.requests[sequence.request].scheduled;
      if (scheduled == never) scheduled = now_;
      running_.push_back(sequence);
      waiting_.pop_front();
    }
  }

  // One step, whatever is in it.
  void step() {
    schedule();
    const StepLoad& what = load_;
    const Picoseconds time =
        what.prefilling > 0 ? model_.mixed_step(what) : time_of(model_.decode_run(what), 1);
    record(what, 1, time);
    account(1, time);
    unseen_steps_ = what.prefilling > 0 ? limits_.receive_every : unseen_steps_ + 1;
    const Picoseconds begun = now_;
    now_ += time;
    std::int64_t in_a_row = 0;
    std::int64_t together = 0;  // tokens that come with one before them
    for (Sequence& sequence : running_) {
      std::int64_t tokens = std::exchange(sequence.scheduled, 0);
      if (tokens == 0) continue;
      const bool decodes = sequence.decoding();
      if (decodes) tokens = accepted(sequence, tokens);
      sequence.computed += tokens;
      if (!sequence.decoding() || sequence.done()) continue;
      const std::int64_t given = decodes ? tokens : 1;
      in_a_row += give_tokens(sequence, begun, given) ? 1 : 0;
      together += given - 1;
    }
    note_gaps(begun, {.first = time}, 1, in_a_row);
    note_gaps(begun, {}, 1, together);
    leave();
  }

  // Of the tokens verified: the same whatever happened before.
  std::int64_t accepted(const Sequence& sequence, std::int64_t tokens) const {
    if (tokens == 1) return 1;
    const Speculation& speculation = limits_.speculation;
    std::uint64_t state = speculation.seed;
    state = split_mix64(state) ^ sequence.request;
    state = split_mix64(state) ^ static_cast<std::uint64_t>(sequence.generated);
    std::int64_t count = 1;
    while (count < tokens && unit_interval(split_mix64(state)) < speculation.acceptance) ++count;
    return count;
  }

  bool notes_gaps(Picoseconds begun) const {
    return begun >= options_.gaps_from && begun < options_.gaps_to;
  }
  void note_gaps(Picoseconds begun, const DecodePiece& piece, std::int64_t steps,
                 std::int64_t sequences) {
    if (notes_gaps(begun)) run_.gaps.add(piece, steps, sequences);
  }

  void account(std::int64_t steps, Picoseconds time) {
    const std::int64_t used = limits_.blocks - free_.count();
    run_.steps += steps;
    run_.busy += time;
    run_.peak_blocks = std::max(run_.peak_blocks, used);
    run_.block_time += static_cast<double>(used) * static_cast<double>(time);
    run_.running_time += static_cast<double>(running_.size()) * static_cast<double>(time);
  }

  void record(const StepLoad& what, std::int64_t steps, Picoseconds time) {
    if (!options_.record) return;
    const auto t = static_cast<double>(time);
    options_.record->add(what, steps,
                         {.all = t,
                          .first_token = t * static_cast<double>(without_token_),
                          .gaps = t * static_cast<double>(answering_),
                          .per_token = t * shares_of_gaps_});
  }

  static double share_of_gaps(std::int64_t output) {
    return output > 1 ? 1.0 / static_cast<double>(output - 1) : 0.0;
  }

  // Whether its token before came at the step's beginning, so that the gap is the step's time;
  // others are noted here.
  bool give_tokens(Sequence& sequence, Picoseconds begun, std::int64_t tokens) {
    const bool in_a_row = sequence.last_token == begun;
    if (sequence.last_token == never)
      begin_answer(sequence);
    else if (!in_a_row && notes_gaps(begun))
      run_.gaps.add(now_ - sequence.last_token);
    sequence.last_token = now_;
    sequence.generated += tokens;
    run_.generated += tokens;
    if (sequence.done()) end_answer(sequence);
    return in_a_row;
  }

  void begin_answer(const Sequence& sequence) {
    run_.requests[sequence.request].first_token = now_;
    --without_token_;
    ++answering_;
    shares_of_gaps_ += share_of_gaps(sequence.output);
  }

  void end_answer(const Sequence& sequence) {
    RequestTimes& times = run_.requests[sequence.request];
    times.last_token = now_;
    times.output = sequence.generated;
    --answering_;
    ++ended_;
    shares_of_gaps_ = answering_ == 0 ? 0.0 : shares_of_gaps_ - share_of_gaps(sequence.output);
    ++answered_;
    constexpr std::size_t now_and_then = 1024;
    if (options_.progress && answered_ % now_and_then == 0) options_.progress(answered_);
  }

  // Those that have all their tokens give up their blocks; those of a static batch together.
  void leave() {
    if (ended_ == 0) return;
    ended_ = 0;
    const auto done = [](const Sequence& sequence) { return sequence.done(); };
    if (limits_.static_batch && !std::all_of(running_.begin(), running_.end(), done)) return;
    const auto leaves = [&](const Sequence& sequence) {
      if (!sequence.done()) return false;
      free_.give_back(sequence.blocks);
      client_sends();
      return true;
    };
    running_.erase(std::remove_if(running_.begin(), running_.end(), leaves), running_.end());
  }

  // Steps in which the sequences that run decode and nothing else can happen; false when the next
  // step is another kind.
  bool decode_together() {
    if (!options_.coalesce || limits_.speculation.drafted > 0 || running_.empty()) return false;
    if (static_cast<std::int64_t>(running_.size()) > limits_.step_tokens || could_admit())
      return false;
    StepLoad what{.decoding = static_cast<int>(running_.size())};
    std::int64_t most = never;
    for (const Sequence& sequence : running_) {
      if (!sequence.decoding()) return false;
      what.decode_context += sequence.computed;
      what.longest_context = std::max(what.longest_context, sequence.computed);
      if (!sequence.done()) most = std::min(most, sequence.remaining());
    }
    const bool at_once = limits_.receive_every == 1;
    if (!at_once) most = std::min(most, limits_.receive_every - unseen_steps_);
    most = steps_with_blocks(most);
    if (most < 2) return false;
    const DecodePiece piece = model_.decode_run(what);
    most = std::min(most, piece.steps);
    take(what, piece, at_once ? std::min(most, steps_until(next_arrival(), piece, most)) : most);
    return true;
  }

  // Whether a step would admit the head of the queue as things are.
  bool could_admit() const {
    if (waiting_.empty() || takes_no_more()) return false;
    // Prompts in steps of their own leave the whole budget to the head.
    const auto beside =
        limits_.prefill_alone ? std::int64_t{0} : static_cast<std::int64_t>(running_.size());
    const std::int64_t budget = limits_.step_tokens - beside;
    if (budget <= 0) return false;
    const Sequence head = resumed(waiting_.front());
    const std::int64_t tokens = wanted(head, budget);
    return tokens <= budget && has_room(head, tokens);
  }

  std::int64_t blocks_after(std::int64_t steps) const {
    std::int64_t more = 0;
    for (const Sequence& sequence : running_)
      more += held_with(sequence, sequence.computed + steps) - sequence.blocks;
    return more;
  }

  // The most steps, at most `most`, for which there are blocks.
  std::int64_t steps_with_blocks(std::int64_t most) const {
    if (blocks_after(most) <= free_.count()) return most;
    std::int64_t low = 0;
    while (low + 1 < most) {
      const std::int64_t middle = low + (most - low) / 2;
      (blocks_after(middle) <= free_.count() ? low : most) = middle;
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

  void take(const StepLoad& what, const DecodePiece& piece, std::int64_t steps) {
    const Picoseconds begun = now_;
    record(what, steps, time_of(piece, steps));
    unseen_steps_ += steps;
    grow_blocks(piece, steps);
    now_ += time_of(piece, steps);
    std::int64_t in_a_row = 0;
    std::int64_t answering = 0;
    for (Sequence& sequence : running_) {
      sequence.computed += steps;
      if (sequence.done()) continue;
      ++answering;
      if (sequence.last_token == begun)
        ++in_a_row;
      else if (notes_gaps(begun))
        run_.gaps.add(begun + piece.first - sequence.last_token);
      sequence.generated += steps;
      sequence.last_token = now_;
      if (sequence.done()) end_answer(sequence);
    }
    note_gaps(begun, {.first = piece.first}, 1, in_a_row);
    note_gaps(begun, {.first = piece.first + piece.growth, .growth = piece.growth}, steps - 1,
              answering);
    run_.generated += steps * answering;
    leave();
  }

  // Tokens that fit into the blocks it holds.
  std::int64_t capacity(const Sequence& sequence) const {
    return (sequence.blocks - limits_.sequence_blocks + sequence.shared_blocks) *
           limits_.block_tokens;
  }

  // Blocks are taken in the steps in which they are needed: what is in use is accounted for by
  // time.
  void grow_blocks(const DecodePiece& piece, std::int64_t steps) {
    std::int64_t taken = 0;
    while (taken < steps) {
      std::int64_t room = steps;  // steps until a sequence enters another block
      for (Sequence& sequence : running_) {
        allocate(sequence, taken + 1);
        if (limits_.admit != Admit::request)
          room = std::min(room, capacity(sequence) - sequence.computed);
      }
      account(room - taken, time_of(piece, room) - time_of(piece, taken));
      taken = room;
    }
  }

  std::span<const Request> requests_;
  const Limits& limits_;
  const StepModel& model_;
  const Options& options_;
  std::int64_t all_own_ = 0;  // blocks that are free when nothing runs
  FreeBlocks free_;
  Picoseconds now_ = 0;
  std::size_t next_ = 0;            // request that has not arrived
  std::vector<Picoseconds> sent_;   // closed loop: when requests were, in their order
  std::int64_t unseen_steps_ = 0;   // since it was looked for new requests
  int waited_steps_ = 0;            // of those that wait for a batch
  std::size_t answered_ = 0;        // requests, refused ones too
  std::int64_t without_token_ = 0;  // requests that have arrived and have no token yet
  std::int64_t answering_ = 0;      // requests between their first token and their last
  std::int64_t ended_ = 0;          // answers, since it was looked for who leaves
  double shares_of_gaps_ = 0.0;     // of these, the sum of 1 / gaps
  StepLoad load_;                   // of the step at hand
  std::vector<Sequence> running_;   // in the order of admission
  std::deque<Sequence> waiting_;
  Run run_;
};

}  // namespace

Run serve(std::span<const Request> requests, const Limits& limits, const StepModel& model,
          const Options& options) {
  return Loop(requests, limits, model, options).serve();
}

}  // namespace plimsoll::serving

// Many requests through one engine. In continuous batching, the default: a token budget per step,
// chunked prefill, paged KV blocks, preemption by recomputation, first come first served, as vLLM
// schedules (its V1 scheduler).
//
// Every step: sequences that run go first, each with the token it decodes or the next chunk of its
// prompt, in the order in which they were admitted; one that finds no block for its tokens preempts
// the latest admitted until it does. Then waiting ones are admitted, unless something was
// preempted, while the budget, the number of sequences and the blocks allow it. A preempted
// sequence gives up its blocks, goes to the head of the queue and computes its prompt and what it
// had generated anew, but for what it finds untouched of its blocks. The step that ends a prompt
// gives the first token; a request leaves at the end of its last step.
//
// With speculation a step verifies what was drafted for each sequence that decodes: it takes blocks
// and budget for all of that, and keeps what is accepted.
//
// Other engines differ by Limits: prompts in steps of their own (SGLang, TGI), blocks for the whole
// request set aside at admission (TensorRT-LLM, slots of llama.cpp), a batch answered to its end
// before the next begins.
//
// Runs of steps in which the same sequences decode are taken at once, up to the next arrival, end
// or shortage of blocks; not with speculation, where sequences grow unevenly.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "serving/schedule_record.h"
#include "serving/step_model.h"

namespace plimsoll::serving {

// What has to be free before a request is let in.
enum class Admit {
  first_step,  // blocks of its first step
  prompt,      // blocks of its prompt
  request,     // blocks of prompt and answer, which it takes at once
};

// Each step of a sequence yields one token and those drafted ones up to the first that is refused.
struct Speculation {
  int drafted = 0;          // tokens in each step, 0: none
  double acceptance = 0.0;  // chance of each when all before it were accepted
  std::uint64_t seed = 1;
};

struct Limits {
  std::int64_t step_tokens = 2048;  // of all sequences in one step
  int sequences = 256;              // that run at once
  std::int64_t blocks = 0;          // of the KV cache
  int block_tokens = 16;
  std::int64_t sequence_blocks = 0;  // that a sequence takes besides (windows, recurrent state)
  bool chunked_prefill =
      true;  // false: a prompt goes in one step, which may exceed the budget alone
  bool prefill_alone = false;  // who decodes waits while there are prompts
  bool static_batch = false;   // who is done waits for the batch; with Admit::request
  Admit admit = Admit::first_step;
  // Blocks that a preempted sequence gave up serve it again if nobody took them meanwhile.
  bool prefix_caching = false;
  // Requests that come while sequences run are seen only after so many steps that just decode, or
  // after one with prompts (SGLang's --scheduler-recv-interval).
  int receive_every = 1;
  // While sequences decode, prompts wait up to so many steps for others to fill a step with so many
  // tokens (TensorRT-LLM's batch_wait_timeout_iters and batch_wait_max_tokens_ratio).
  int batch_wait_steps = 0;
  std::int64_t batch_wait_tokens = 0;
  Speculation speculation;
};

struct Request {
  Picoseconds arrival = 0;
  std::int64_t prompt = 1;  // tokens, >= 1
  std::int64_t output = 1;  // tokens, >= 1
  // Of the prompt, below it: tokens that the prefix cache holds. Their blocks are all requests'
  // own.
  std::int64_t cached = 0;
};

struct RequestTimes {
  Picoseconds arrival = 0;
  Picoseconds scheduled = 0;  // its first step begins
  Picoseconds first_token = 0;
  Picoseconds last_token = 0;
  std::int64_t output = 0;
  int preemptions = 0;
  bool refused =
      false;  // its tokens alone exceed the blocks there are; then all times are the arrival's
};

// Times between tokens, all requests together: arithmetic sequences of steps with how many
// sequences saw each. Between tokens of one step none passes.
class TokenGaps {
 public:
  void add(const DecodePiece& piece, std::int64_t steps, std::int64_t sequences);
  void add(Picoseconds gap);
  void add(const TokenGaps& others);
  std::int64_t count() const { return count_; }
  double mean() const;  // ps; 0 without any
  // Smallest gap that at least the share `q` of all gaps do not exceed; q in [0, 1]; 0 without any.
  Picoseconds quantile(double q) const;

 private:
  struct Run {
    DecodePiece piece;  // steps: those of the run; growth >= 0 or < 0
    std::int64_t sequences = 1;
  };
  std::int64_t not_above(Picoseconds gap) const;

  std::vector<Run> runs_;
  std::int64_t count_ = 0;
  double sum_ = 0.0;
};

struct Run {
  std::vector<RequestTimes> requests;  // in the order of the requests given
  TokenGaps gaps;
  Picoseconds end = 0;
  Picoseconds busy = 0;    // time in steps
  std::int64_t steps = 0;  // of the engine
  std::int64_t preemptions = 0;
  std::int64_t peak_blocks = 0;
  double block_time = 0.0;     // blocks in use times ps
  double running_time = 0.0;   // sequences that run times ps
  std::int64_t generated = 0;  // tokens
};

// How requests arrive when not at given times.
struct ClosedLoop {
  int clients = 1;  // each sends its next request when the last one has been answered
};

struct Options {
  bool coalesce = true;  // false: every step by itself; the result is the same
  std::optional<ClosedLoop>
      closed_loop;  // then arrivals of requests are ignored: they are sent in their order
  // Gaps between tokens are noted in steps that begin within.
  Picoseconds gaps_from = 0;
  Picoseconds gaps_to = std::numeric_limits<Picoseconds>::max();
  ScheduleRecord* record = nullptr;  // where the time goes, by kind of step; null: not asked
  // Called now and then with the requests answered; may throw to stop.
  std::function<void(std::size_t answered)> progress = {};
};

// Throws std::invalid_argument for requests out of their order of arrival or outside the ranges
// above.
Run serve(std::span<const Request> requests, const Limits& limits, const StepModel& model,
          const Options& options = {});

}  // namespace plimsoll::serving

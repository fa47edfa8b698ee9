#include "fibers.h"

#include <memory>
#include <stdexcept>
#include <ucontext.h>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace cpu_device {
namespace {

constexpr std::size_t stack_bytes = 256 << 10;

enum class Waiting { no, group, block, ended };

struct Fiber {
  Fibers::Thread id;
  ucontext_t context{};
  std::unique_ptr<char[]> stack;
  Waiting waiting = Waiting::no;
  std::uint32_t offered = 0;  // to the lane it exchanges with
};

struct Machine {
  Fibers::Block block;
  std::vector<Fiber> fibers;
  Fiber* running = nullptr;
  ucontext_t scheduler{};
  const std::function<void()>* body = nullptr;
  void* scheduler_fake_stack = nullptr;
  const void* scheduler_stack = nullptr;
  std::size_t scheduler_stack_bytes = 0;
};

Machine machine;

// The address sanitizer wants to know which stack is in use.
void begin_switch([[maybe_unused]] void** save, [[maybe_unused]] const void* stack,
                  [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(save, stack, bytes);
#endif
}
void end_switch([[maybe_unused]] void* saved, [[maybe_unused]] const void** stack,
                [[maybe_unused]] std::size_t* bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(saved, stack, bytes);
#endif
}

void resume(Fiber& fiber) {
  machine.running = &fiber;
  begin_switch(&machine.scheduler_fake_stack, fiber.stack.get(), stack_bytes);
  swapcontext(&machine.scheduler, &fiber.context);
  end_switch(machine.scheduler_fake_stack, nullptr, nullptr);
}

// Back to the scheduler, until it resumes this fiber.
void yield(Waiting waiting) {
  Fiber& own = *machine.running;
  own.waiting = waiting;
  void* fake_stack = nullptr;
  begin_switch(waiting == Waiting::ended ? nullptr : &fake_stack, machine.scheduler_stack,
               machine.scheduler_stack_bytes);
  swapcontext(&own.context, &machine.scheduler);
  end_switch(fake_stack, &machine.scheduler_stack, &machine.scheduler_stack_bytes);
}

void fiber_main() {
  end_switch(nullptr, &machine.scheduler_stack, &machine.scheduler_stack_bytes);
  (*machine.body)();
  yield(Waiting::ended);
}

void start(Fiber& fiber) {
  fiber.waiting = Waiting::no;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = stack_bytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, fiber_main, 0);
}

// Of fibers [begin, end): all that have not ended wait for the same.
bool all_wait(std::size_t begin, std::size_t end, Waiting waiting) {
  bool any = false;
  for (std::size_t i = begin; i < end; ++i) {
    const Waiting own = machine.fibers[i].waiting;
    if (own != waiting && own != Waiting::ended) return false;
    any = any || own == waiting;
  }
  return any;
}

void release(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (machine.fibers[i].waiting != Waiting::ended) machine.fibers[i].waiting = Waiting::no;
}

// Whether somebody can go on.
bool release_barriers() {
  const std::size_t count = machine.fibers.size();
  bool released = false;
  for (std::size_t begin = 0; begin < count; begin += 32) {
    const std::size_t end = std::min(begin + 32, count);
    if (!all_wait(begin, end, Waiting::group)) continue;
    release(begin, end);
    released = true;
  }
  if (!released && all_wait(0, count, Waiting::block)) {
    release(0, count);
    released = true;
  }
  return released;
}

bool all_ended() {
  for (const Fiber& fiber : machine.fibers)
    if (fiber.waiting != Waiting::ended) return false;
  return true;
}

void run_block() {
  for (Fiber& fiber : machine.fibers) start(fiber);
  while (!all_ended()) {
    for (Fiber& fiber : machine.fibers)
      if (fiber.waiting == Waiting::no) resume(fiber);
    if (!release_barriers() && !all_ended())
      throw std::logic_error("threads of a block wait for one another at different barriers");
  }
}

}  // namespace

void Fibers::run(const Block& grid, const std::function<void()>& body) {
  machine.block = grid;
  machine.body = &body;
  machine.fibers.resize(grid.threads);
  for (std::uint32_t i = 0; i < grid.threads; ++i) {
    machine.fibers[i].id = {.thread = i};
    if (!machine.fibers[i].stack) machine.fibers[i].stack = std::make_unique<char[]>(stack_bytes);
  }
  for (machine.block.y = 0; machine.block.y < grid.count_y; ++machine.block.y)
    for (machine.block.x = 0; machine.block.x < grid.count_x; ++machine.block.x) run_block();
}

const Fibers::Thread& Fibers::current() {
  return machine.running->id;
}
const Fibers::Block& Fibers::block() {
  return machine.block;
}
void Fibers::block_barrier() {
  yield(Waiting::block);
}
void Fibers::group_barrier() {
  yield(Waiting::group);
}

std::uint32_t Fibers::exchange(std::uint32_t value, std::uint32_t mask) {
  Fiber& own = *machine.running;
  own.offered = value;
  yield(Waiting::group);
  const std::uint32_t got = machine.fibers[own.id.thread ^ mask].offered;
  yield(Waiting::group);  // before the next offer
  return got;
}

}  // namespace cpu_device

// Searches for machines on a thread of its own: the latest requirement, cancelled at any time, its
// progress told. Without Qt.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/diagnostic.h"
#include "plan/plan.h"

namespace plimsoll::gui {

struct PlanAnswer {
  std::uint64_t number = 0;                  // of the requirement that it answers
  std::shared_ptr<const PlanResult> result;  // null: refused, then problems say why
  std::vector<Diagnostic> problems;
};

struct PlanProgress {
  std::uint64_t number = 0;
  std::size_t done = 0;   // sets of machines
  std::size_t total = 0;  // 0: still being counted
};

// plan(), of a requirement that may name model files and this machine.
PlanResult plan_of(Requirement requirement, const CatalogFactory& catalogs,
                   const PlanOptions& options);

class PlanDesk {
 public:
  // Both are called on the desk's threads.
  using Deliver = std::function<void(PlanAnswer)>;
  using Tell = std::function<void(PlanProgress)>;
  // What plans; tests put another one in its place.
  using Planning =
      std::function<PlanResult(const Requirement&, const CatalogFactory&, const PlanOptions&)>;

  PlanDesk(CatalogFactory catalogs, Deliver deliver, Tell tell, Planning planning = plan_of);
  // Cancels; nothing is delivered after it returns.
  ~PlanDesk();
  PlanDesk(const PlanDesk&) = delete;
  PlanDesk& operator=(const PlanDesk&) = delete;

  // Takes the place of a search that runs, whose result is dropped. `number` rises from call to
  // call.
  void run(Requirement requirement, std::uint64_t number);
  // The best so far is delivered, marked as incomplete.
  void cancel();

 private:
  struct Task {
    Requirement requirement;
    std::uint64_t number = 0;
    bool cancelled = false;  // before it began
  };
  std::optional<Task> next(const std::stop_token& stop);
  PlanAnswer answer(const Task& task);
  void work(const std::stop_token& stop);
  bool is_latest(std::uint64_t number) const;

  CatalogFactory catalogs_;
  Deliver deliver_;
  Tell tell_;
  Planning planning_;
  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::optional<Task> waiting_;
  std::uint64_t latest_ = 0;
  std::atomic<bool> stop_search_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace plimsoll::gui

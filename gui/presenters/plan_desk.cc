#include "presenters/plan_desk.h"

#include <algorithm>
#include <utility>

#include "base/parallel.h"
#include "plan/checkpoint.h"
#include "session/session.h"

namespace plimsoll::gui {

PlanResult plan_of(Requirement requirement, const CatalogFactory& catalogs,
                   const PlanOptions& options) {
  const std::unique_ptr<Catalog> catalog = catalogs();
  NamedThings named;
  if (requirement.model.has()) named.models.push_back(*requirement.model.value);
  for (const OwnedMachines& own : requirement.own) named.systems.push_back(own.system);
  Diagnostics warnings;
  lay_over_named(named, *catalog, warnings);
  take_checkpoint(requirement, *catalog);
  const std::vector<GivenEntry> given = catalog->given();
  const CatalogFactory with_named = [&] {
    std::unique_ptr<Catalog> fresh = catalogs();
    for (const GivenEntry& entry : given) fresh->lay_over(entry);
    return fresh;
  };
  return plan(requirement, with_named, options);
}

PlanDesk::PlanDesk(CatalogFactory catalogs, Deliver deliver, Tell tell, Planning planning)
    : catalogs_(std::move(catalogs)),
      deliver_(std::move(deliver)),
      tell_(std::move(tell)),
      planning_(std::move(planning)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

PlanDesk::~PlanDesk() {
  {
    const std::lock_guard lock(mutex_);
    latest_ = 0;
    waiting_ = std::nullopt;
    stop_search_ = true;
  }
  thread_.request_stop();
  thread_.join();
}

void PlanDesk::run(Requirement requirement, std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = {.requirement = std::move(requirement), .number = number};
    latest_ = number;
    stop_search_ = true;
  }
  arrived_.notify_one();
}

void PlanDesk::cancel() {
  const std::lock_guard lock(mutex_);
  stop_search_ = true;
  if (waiting_) waiting_->cancelled = true;
}

std::optional<PlanDesk::Task> PlanDesk::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait(lock, stop, [this] { return waiting_.has_value(); })) return std::nullopt;
  stop_search_ = waiting_->cancelled;
  return std::exchange(waiting_, std::nullopt);
}

bool PlanDesk::is_latest(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return number == latest_;
}

PlanAnswer PlanDesk::answer(const Task& task) {
  PlanAnswer answer{.number = task.number};
  // A core for the window, which goes on answering.
  const int threads = std::max(1, worker_count({}) - 1);
  try {
    answer.result = std::make_shared<const PlanResult>(
        planning_(task.requirement, catalogs_,
                  {.threads = threads,
                   .stop = &stop_search_,
                   .progress = [this, number = task.number](std::size_t done, std::size_t total) {
                     if (is_latest(number)) tell_({.number = number, .done = done, .total = total});
                   }}));
  } catch (const InputError& refused) {
    answer.problems = refused.diagnostics().sorted();
  }
  return answer;
}

void PlanDesk::work(const std::stop_token& stop) {
  while (const std::optional<Task> task = next(stop)) {
    PlanAnswer found = answer(*task);
    if (stop.stop_requested()) return;
    if (is_latest(task->number)) deliver_(std::move(found));
  }
}

}  // namespace plimsoll::gui

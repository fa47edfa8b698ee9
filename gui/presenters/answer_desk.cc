#include "presenters/answer_desk.h"

#include <utility>

namespace plimsoll::gui {

AnswerDesk::AnswerDesk(CatalogFactory catalogs, Deliver deliver, Answering answering)
    : catalogs_(std::move(catalogs)),
      deliver_(std::move(deliver)),
      answering_(std::move(answering)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

AnswerDesk::~AnswerDesk() {
  {
    const std::lock_guard lock(mutex_);
    latest_ = 0;
  }
  thread_.request_stop();
  thread_.join();
}

void AnswerDesk::ask(ScenarioSpec spec, std::uint64_t question, bool fresh_catalog) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = {std::move(spec), question};
    latest_ = question;
    fresh_catalog_ = fresh_catalog_ || fresh_catalog;
  }
  arrived_.notify_one();
}

std::optional<AnswerDesk::Question> AnswerDesk::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait(lock, stop, [this] { return waiting_.has_value(); })) return std::nullopt;
  return std::exchange(waiting_, std::nullopt);
}

bool AnswerDesk::is_latest(std::uint64_t question) const {
  const std::lock_guard lock(mutex_);
  return question == latest_;
}

void AnswerDesk::work(const std::stop_token& stop) {
  std::shared_ptr<Catalog> catalog;
  while (const std::optional<Question> question = next(stop)) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(fresh_catalog_, false)) catalog = nullptr;
    }
    if (!catalog) catalog = catalogs_();
    for (const AnswerStage stage : {AnswerStage::first, AnswerStage::complete}) {
      auto found =
          std::make_shared<Answer>(answering_(question->spec, *catalog, stage, question->number));
      found->catalog = catalog;
      if (stop.stop_requested() || !is_latest(question->number)) break;
      deliver_(found);
      if (found->refused()) break;
    }
  }
}

}  // namespace plimsoll::gui

#include "app/workspace.h"

#include <QMetaObject>
#include <QUndoCommand>
#include <functional>
#include <utility>

namespace plimsoll::gui {

// Before and after, whole: a scenario is small, and nothing can be forgotten.
class ScenarioStep : public QUndoCommand {
 public:
  ScenarioStep(const QString& name, Workspace& workspace, ScenarioSpec after,
               const std::string& merge_key)
      : QUndoCommand(name),
        workspace_(workspace),
        before_(workspace.scenario()),
        after_(std::move(after)),
        merge_key_(merge_key) {}

  void undo() override { workspace_.set_scenario(before_); }
  void redo() override { workspace_.set_scenario(after_); }
  int id() const override {
    return merge_key_.empty() ? -1
                              : static_cast<int>(std::hash<std::string>{}(merge_key_)&0x7fffffff);
  }
  bool mergeWith(const QUndoCommand* other) override {
    const auto* step = dynamic_cast<const ScenarioStep*>(other);
    if (!step || step->merge_key_ != merge_key_) return false;
    after_ = step->after_;
    setText(step->text());
    setObsolete(to_yaml(before_) == to_yaml(after_));
    return true;
  }

 private:
  Workspace& workspace_;
  ScenarioSpec before_;
  ScenarioSpec after_;
  std::string merge_key_;
};

Workspace::Workspace(CatalogFactory catalogs, QObject* parent)
    : QObject(parent), catalogs_(std::move(catalogs)), catalog_(catalogs_()) {
  desk_ = std::make_unique<AnswerDesk>(catalogs_, [this](std::shared_ptr<const Answer> answer) {
    // To the window's thread; dropped by Qt when this object is gone.
    QMetaObject::invokeMethod(
        this, [this, answer = std::move(answer)] { receive(answer); }, Qt::QueuedConnection);
  });
}

Workspace::~Workspace() = default;

void Workspace::edit(const QString& name, ScenarioSpec after, const std::string& merge_key) {
  if (to_yaml(after) == to_yaml(scenario_)) return;
  history_.push(new ScenarioStep(name, *this, std::move(after), merge_key));
}

void Workspace::start_with(ScenarioSpec scenario) {
  history_.clear();
  answer_ = nullptr;
  set_scenario(std::move(scenario));
}

void Workspace::reload_catalogs() {
  catalog_ = catalogs_();
  ask(true);
}

void Workspace::set_scenario(ScenarioSpec scenario) {
  scenario_ = std::move(scenario);
  ask(false);
  emit scenario_changed();
}

void Workspace::ask(bool fresh_catalog) {
  desk_->ask(scenario_, ++question_, fresh_catalog);
}

void Workspace::receive(std::shared_ptr<const Answer> answer) {
  if (answer->question != question_) return;
  answer_ = std::move(answer);
  emit answer_changed();
}

}  // namespace plimsoll::gui

#include "app/workspace.h"

#include <QMetaObject>
#include <QUndoCommand>
#include <functional>
#include <utility>

#include "presenters/scenario_fields.h"

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
    : QObject(parent),
      overlays_(std::make_shared<Overlays>()),
      catalogs_(with_overlays(std::move(catalogs), overlays_)),
      catalog_(catalogs_()) {
  const auto deliver = [this](std::shared_ptr<const Answer> answer) {
    // To the window's thread; dropped by Qt when this object is gone.
    QMetaObject::invokeMethod(
        this, [this, answer = std::move(answer)] { receive(answer); }, Qt::QueuedConnection);
  };
  desk_ = std::make_unique<AnswerDesk>(catalogs_, deliver, answering());
}

Workspace::~Workspace() = default;

// On the desk's thread: finds what the scenario names outside the data before it is answered.
AnswerDesk::Answering Workspace::answering() {
  return [this, overlays = overlays_](const ScenarioSpec& spec, Catalog& catalog, AnswerStage stage,
                                      std::uint64_t question) {
    Diagnostics of_files;
    try {
      if (overlays->find_named(spec, catalog, of_files))
        QMetaObject::invokeMethod(
            this, [this] { renew_catalog(); }, Qt::QueuedConnection);
    } catch (const InputError& refused) {
      return Answer{
          .question = question, .stage = stage, .problems = refused.diagnostics().sorted()};
    }
    Answer found = gui::answer(spec, catalog, stage, question);
    const std::vector<Diagnostic> warnings = of_files.sorted();
    found.problems.insert(found.problems.begin(), warnings.begin(), warnings.end());
    return found;
  };
}

void Workspace::edit(const QString& name, ScenarioSpec after, const std::string& merge_key) {
  if (to_yaml(after) == to_yaml(scenario_)) return;
  history_.push(new ScenarioStep(name, *this, std::move(after), merge_key));
}

void Workspace::start_with(ScenarioSpec scenario) {
  history_.clear();
  answer_ = nullptr;
  set_scenario(std::move(scenario));
  emit started();
}

void Workspace::reload_catalogs() {
  renew_catalog();
  ask(true);
}

void Workspace::lay_over(std::vector<GivenEntry> entries) {
  overlays_->add(std::move(entries));
  renew_catalog();
}

void Workspace::look_at_model_files() {
  if (!overlays_->forget_changed()) return;
  renew_catalog();
  ask(true);
}

void Workspace::renew_catalog() {
  // Panels may point into the old one until they have heard of it.
  const std::unique_ptr<Catalog> before = std::exchange(catalog_, catalogs_());
  emit catalog_changed();
}

void Workspace::set_scenario(ScenarioSpec scenario) {
  scenario_ = std::move(scenario);
  ask(false);
  emit scenario_changed();
}

void Workspace::ask(bool fresh_catalog) {
  desk_->ask(with_field_places(scenario_), ++question_, fresh_catalog);
}

void Workspace::receive(std::shared_ptr<const Answer> answer) {
  if (answer->question != question_) return;
  answer_ = std::move(answer);
  emit answer_changed();
}

}  // namespace plimsoll::gui

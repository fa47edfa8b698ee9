#include "panels/choose/requirement_fields.h"

#include <QComboBox>
#include <QCompleter>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "base/quantity_text.h"
#include "evaluate/evaluate.h"
#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

QString text(const std::string& neutral) {
  return QString::fromStdString(neutral);
}

// "1.500,5" in German -> "1500.5"; what is no number of the locale stays as it is, for the reader
// of requirements to refuse.
std::string neutral_figure(const QString& typed) {
  bool is_number = false;
  const double value = QLocale().toDouble(typed.trimmed(), &is_number);
  if (!is_number) return typed.trimmed().toStdString();
  return QString::number(value, 'f', QLocale::FloatingPointShortest).toStdString();
}

QString localized_figure(const std::string& neutral) {
  bool is_number = false;
  const double value = QString::fromStdString(neutral).toDouble(&is_number);
  return is_number ? QLocale().toString(value, 'f', QLocale::FloatingPointShortest) : text(neutral);
}

constexpr const char* figure_property = "figure";

}  // namespace

RequirementFields::RequirementFields(Catalog& catalog, QWidget* parent) : QWidget(parent) {
  auto* layout = new QFormLayout(this);
  layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  layout->setRowWrapPolicy(QFormLayout::DontWrapRows);
  layout->setVerticalSpacing(fontMetrics().height() / 4);
  add_choice(layout, "model", tr("&Model"), tr("which model?"),
             tr("The language model to be run; type to search"));
  add_figure(layout, "at_least", tr("At &least"), tr("token/s"),
             localized(print_number(reading_speed)),
             tr("Decode rate of each user; where nothing is said, as fast as people read"));
  add_figure(layout, "users", tr("&Users"), tr("at once"), QStringLiteral("1"),
             tr("Users answered at the same time"));
  add_figure(layout, "ttft", tr("&First token"), tr("s"), tr("no limit"),
             tr("Time until the first token of an answer, when all users ask at once"));
  add_figure(layout, "context", tr("&Context"), tr("tokens"), tr("as a report"),
             tr("Tokens that the cache of each user holds"));
  add_figure(layout, "prompt", tr("&Prompt"), tr("tokens"), tr("as a report"),
             tr("Tokens of the prompt"));
  add_figure(layout, "generate", tr("&Answer"), tr("tokens"), tr("as a report"),
             tr("Tokens of the answer"));
  auto* pay = new QComboBox(this);
  pay->addItem(tr("buy"), QStringLiteral("buy"));
  pay->addItem(tr("rent"), QStringLiteral("rent"));
  connect(pay, &QComboBox::currentIndexChanged, this, &RequirementFields::changed);
  add(layout, "pay", tr("Buy or ren&t"), pay,
      tr("Whether the price is of the purchase or of a month around the clock"));
  add_figure(layout, "budget", tr("&Budget"), tr("USD"), tr("no limit"),
             tr("Of the purchase, or of a month when renting"));
  add_figure(layout, "power", tr("P&ower"), tr("W"), tr("no limit"),
             tr("Of all machines, at the wall, under load"));
  add_figure(layout, "replicas_to_spare", tr("&Spare replicas"), QString(), QStringLiteral("0"),
             tr("Replicas that may fail while the others still serve all users"));
  add_choice(layout, "quantization", tr("&Quantization"), tr("any"),
             tr("Only this one; else every one that the engines load"));
  add_choice(layout, "engine", tr("&Engine"), tr("any"),
             tr("Only this one; with a backend as in llama.cpp:vulkan"));
  auto* systems = new QLineEdit(this);
  systems->setPlaceholderText(tr("any"));
  connect(systems, &QLineEdit::textEdited, this, &RequirementFields::changed);
  add(layout, "systems", tr("S&ystems"), systems,
      tr("Only machines whose id or name contains this"));
  auto* own = new QPlainTextEdit(this);
  own->setPlaceholderText(tr("none; a machine a line, 2x dgx-spark"));
  own->setTabChangesFocus(true);
  own->setFixedHeight(fontMetrics().height() * 4);
  own->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(own, &QPlainTextEdit::textChanged, this, &RequirementFields::changed);
  add(layout, "own", tr("O&wned already"), own, tr("Machines that are there and cost nothing"));
  fill_choices(catalog);
}

void RequirementFields::add(QFormLayout* layout, const char* key, const QString& label,
                            QWidget* editor, const QString& tip) {
  QString plain = label;
  plain.remove(QLatin1Char('&'));
  editor->setObjectName(QStringLiteral("requirement_") + QLatin1String(key));
  editor->setAccessibleName(plain);
  editor->setAccessibleDescription(tip);
  editor->setToolTip(tip);
  auto* cell = new QWidget(this);
  auto* column = new QVBoxLayout(cell);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  const QVariant unit = editor->property("unit");
  if (unit.toString().isEmpty()) {
    column->addWidget(editor);
  } else {
    auto* row = new QHBoxLayout;
    row->setSpacing(fontMetrics().height() / 3);
    row->addWidget(editor);
    row->addWidget(new QLabel(unit.toString(), cell));
    column->addLayout(row);
  }
  auto* problem = new QLabel(cell);
  problem->setObjectName(QStringLiteral("problem_") + QLatin1String(key));
  problem->setWordWrap(true);
  problem->hide();
  column->addWidget(problem);
  auto* name = new QLabel(label, this);
  name->setBuddy(editor);
  name->setToolTip(tip);
  layout->addRow(name, cell);
  fields_[key] = {.editor = editor, .problem = problem};
}

QComboBox* RequirementFields::add_choice(QFormLayout* layout, const char* key, const QString& label,
                                         const QString& open, const QString& tip) {
  auto* box = new QComboBox(this);
  box->setEditable(true);
  box->setInsertPolicy(QComboBox::NoInsert);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(12);
  box->completer()->setFilterMode(Qt::MatchContains);
  box->completer()->setCompletionMode(QCompleter::PopupCompletion);
  box->lineEdit()->setPlaceholderText(open);
  connect(box, &QComboBox::currentTextChanged, this, &RequirementFields::changed);
  add(layout, key, label, box, tip);
  return box;
}

void RequirementFields::add_figure(QFormLayout* layout, const char* key, const QString& label,
                                   const QString& unit, const QString& none, const QString& tip) {
  auto* edit = new QLineEdit(this);
  edit->setProperty("unit", unit);
  edit->setProperty(figure_property, true);
  edit->setPlaceholderText(none);
  connect(edit, &QLineEdit::textEdited, this, &RequirementFields::changed);
  add(layout, key, label, edit, tip);
}

void RequirementFields::fill(const char* key, EntryKind kind, Catalog& catalog) {
  auto* box = qobject_cast<QComboBox*>(fields_.at(key).editor);
  const QString typed = box->currentText();
  box->clear();
  for (const CatalogEntry& entry : catalog.headers(kind)) box->addItem(text(entry.id), {});
  box->setCurrentIndex(-1);
  box->setEditText(typed);
}

void RequirementFields::fill_choices(Catalog& catalog) {
  const QSignalBlocker quiet(this);
  fill("model", EntryKind::model, catalog);
  fill("quantization", EntryKind::quantization, catalog);
  fill("engine", EntryKind::engine, catalog);
}

RequirementForm RequirementFields::form() const {
  RequirementForm form;
  for (const auto& [key, field] : fields_) {
    std::string typed;
    if (const auto* box = qobject_cast<QComboBox*>(field.editor))
      typed = (box->isEditable() ? box->currentText() : box->currentData().toString())
                  .trimmed()
                  .toStdString();
    else if (const auto* line = qobject_cast<QLineEdit*>(field.editor))
      typed = line->property(figure_property).toBool() ? neutral_figure(line->text())
                                                       : line->text().trimmed().toStdString();
    else if (const auto* lines = qobject_cast<QPlainTextEdit*>(field.editor))
      typed = lines->toPlainText().toStdString();
    if (!typed.empty()) form[key] = typed;
  }
  return form;
}

void RequirementFields::show_form(const RequirementForm& form) {
  const QSignalBlocker quiet(this);
  for (auto& [key, field] : fields_) {
    const auto found = form.find(key);
    const std::string given = found == form.end() ? std::string() : found->second;
    if (auto* box = qobject_cast<QComboBox*>(field.editor)) {
      if (box->isEditable())
        box->setEditText(text(given));
      else
        box->setCurrentIndex(std::max(0, box->findData(text(given))));
    } else if (auto* line = qobject_cast<QLineEdit*>(field.editor)) {
      const bool figure = line->property(figure_property).toBool();
      line->setText(figure ? localized_figure(given) : text(given));
    } else if (auto* lines = qobject_cast<QPlainTextEdit*>(field.editor)) {
      lines->setPlainText(text(given));
    }
  }
}

void RequirementFields::show_problems(const std::map<std::string, std::string>& problems) {
  for (auto& [key, field] : fields_) {
    const auto found = problems.find(key);
    field.problem->setVisible(found != problems.end());
    if (found == problems.end()) continue;
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, tone_colour(Tone::bad, palette()));
    field.problem->setPalette(colours);
    field.problem->setText(localized(found->second));
  }
}

}  // namespace plimsoll::gui

# Writes the golden files beside this script: spells that end in one of several ways, and R's Aalen-Johansen estimates of them.
# Run as: Rscript incidence.R   (R 4.2.2, survival 3.5.3). Limits: conf.type = "log-log", from R's infinitesimal jackknife.
library(survival)

late <- function(rows, end) { entry <- (37 * seq_len(nrow(rows))) %% 180; ifelse(entry < end, entry, 0) }
spells <- list(
  # monoclonal gammopathy, months since diagnosis: plasma-cell malignancy or death first; by sex; many ties
  mgus2 = with(mgus2, data.frame(group = as.character(sex), entry = 0, exit = ifelse(pstat == 1, ptime, futime),
    cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "")))),
  # the same on the scale of age in months: everyone enters late
  mgus2_age = with(mgus2, data.frame(group = as.character(sex), entry = 12 * age, exit = 12 * age + ifelse(pstat == 1, ptime, futime),
    cause = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", "")))),
  # waiting for a liver: three causes (death, transplant, withdrawal), in days; by blood group
  transplant = with(transplant, data.frame(group = as.character(abo), entry = 0, exit = futime,
    cause = ifelse(event == "censored", "", as.character(event)))),
  # the same in weeks (ties of all causes) with entries made up from the row number
  transplant_late = with(transplant, data.frame(group = as.character(abo), entry = 0, exit = ceiling(futime / 7),
    cause = ifelse(event == "censored", "", as.character(event))))
)
spells$transplant_late$entry <- { e <- (5 * seq_len(nrow(transplant))) %% 26; ifelse(e < spells$transplant_late$exit, e, 0) }

digits <- function(frame) {
  for (column in names(frame)) if (is.numeric(frame[[column]])) frame[[column]] <- ifelse(is.na(frame[[column]]), "", sprintf("%.15g", frame[[column]]))
  frame
}
curves <- all_spells <- NULL
for (name in names(spells)) {
  frame <- subset(spells[[name]], exit > entry)
  all_spells <- rbind(all_spells, data.frame(data = name, frame))
  causes <- sort(setdiff(unique(frame$cause), ""))
  for (group in sort(unique(frame$group))) {
    rows <- frame[frame$group == group, ]
    ended <- factor(rows$cause, c("", causes), c("stayed", causes))
    fit <- survfit(Surv(rows$entry, rows$exit, ended) ~ 1, id = seq_len(nrow(rows)), conf.type = "log-log")
    for (cause in causes) {
      column <- match(cause, fit$states)
      curves <- rbind(curves, data.frame(data = name, group = group, time = fit$time, cause = cause,
        at_risk = fit$n.risk[, 1], left = fit$n.event[, column], value = fit$pstate[, column],
        standard_error = fit$std.err[, column], lower = fit$lower[, column], upper = fit$upper[, column]))
    }
  }
}
put <- function(frame, file) write.csv(digits(frame), file, row.names = FALSE, quote = FALSE)
put(all_spells, "incidence_spells.csv")
put(curves, "incidence_curves.csv")

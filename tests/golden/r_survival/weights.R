# Writes the golden files beside this script: what R makes of the spells of delayed_entry.R and incidence.R when each has a weight.
# Run as: Rscript weights.R   (R 4.2.2, survival 3.5.3). Weights are no whole numbers: R's standard errors are then between spells (robust).
library(survival)

digits <- function(frame) {
  for (column in names(frame)) if (is.numeric(frame[[column]])) frame[[column]] <- ifelse(is.na(frame[[column]]), "", sprintf("%.15g", frame[[column]]))
  frame
}
put <- function(frame, file) write.csv(digits(frame), file, row.names = FALSE, quote = FALSE)

spells <- read.csv("delayed_entry_spells.csv", colClasses = c(group = "character"))
curves <- NULL
for (name in c("heart", "lung", "pbc", "veteran")) for (group in sort(unique(spells$group[spells$data == name]))) {
  rows <- spells[spells$data == name & spells$group == group, ]
  fit <- survfit(Surv(entry, exit, event) ~ 1, data = rows, weights = weight, conf.type = "log-log")
  stopifnot(!fit$logse)  # robust: the standard error is that of the curve, not of its log
  curves <- rbind(curves, data.frame(data = name, group = group, time = fit$time, at_risk = fit$n.risk, left = fit$n.event,
    value = fit$surv, lower = fit$lower, upper = fit$upper))
}
put(curves, "weights_curves.csv")

spells <- read.csv("incidence_spells.csv", colClasses = c(group = "character", cause = "character"))
curves <- NULL
for (name in c("mgus2_age", "transplant_late")) {  # two and three causes, ties, late entry
  frame <- spells[spells$data == name, ]
  frame$weight <- 0.5 + (seq_len(nrow(frame)) %% 5) / 10
  causes <- sort(setdiff(unique(frame$cause), ""))
  for (group in sort(unique(frame$group))) {
    rows <- frame[frame$group == group, ]
    ended <- factor(rows$cause, c("", causes), c("stayed", causes))
    fit <- survfit(Surv(rows$entry, rows$exit, ended) ~ 1, id = seq_len(nrow(rows)), weights = rows$weight, conf.type = "log-log")
    for (cause in causes) {
      column <- match(cause, fit$states)
      curves <- rbind(curves, data.frame(data = name, group = group, time = fit$time, cause = cause,
        at_risk = fit$n.risk[, 1], left = fit$n.event[, column], value = fit$pstate[, column],
        standard_error = fit$std.err[, column], lower = fit$lower[, column], upper = fit$upper[, column]))
    }
  }
}
put(curves, "weights_incidence.csv")

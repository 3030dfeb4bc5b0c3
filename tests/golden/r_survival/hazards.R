# Writes the golden files beside this script: spells with covariates, and R's log-rank tests, Cox fits and proportionality checks of them.
# Run as: Rscript hazards.R   (R 4.2.2, survival 3.5.3). R's survdiff takes nobody who enters late; there
# base R's Cochran-Mantel-Haenszel test stands in: over the two-way tables of the event times it is the log-rank test.
library(survival)

lung_late <- subset(data.frame(lung, late = (37 * seq_len(nrow(lung))) %% 180), late < time & !is.na(ph.ecog))
spells <- list(
  heart = with(heart, data.frame(entry = start, exit = stop, event = event, age = age, year = year, surgery = surgery,
    transplant = ifelse(transplant == 1, "yes", "no"), id = id)),
  veteran = with(veteran, data.frame(entry = 0, exit = time, event = status, trt = trt, celltype = as.character(celltype),
    karno = karno, prior = as.character(prior))),
  lung = with(lung_late, data.frame(entry = late, exit = time, event = as.integer(status == 2), sex = ifelse(sex == 1, "m", "f"),
    ecog = paste0("score ", pmin(ph.ecog, 2)), age = age, half = as.character(seq_along(late) %% 2))),
  mgus2 = with(subset(mgus2, futime > 0 & !is.na(mspike)), data.frame(entry = 12 * age, exit = 12 * age + futime, event = death,
    sex = as.character(sex), spike = cut(mspike, c(-1, 0.8, 1.5, 9), c("high", "low", "middle")[c(2, 3, 1)]), decade = as.character(dxyr %/% 10))),
  bladder = with(subset(bladder2, stop > start), data.frame(entry = start, exit = stop, event = event, rx = ifelse(rx == 1, "placebo", "thiotepa"),
    number = number, size = size, enum = as.character(enum), id = id)),
  pbcseq = NULL
)
seq_rows <- pbcseq
seq_rows$stop <- ave(seq_rows$day, seq_rows$id, FUN = function(d) c(d[-1], NA))
last <- is.na(seq_rows$stop)
seq_rows$stop[last] <- seq_rows$futime[last]
seq_rows$died <- as.integer(last & seq_rows$status == 2)
spells$pbcseq <- with(subset(seq_rows, stop > day), data.frame(entry = day, exit = stop, event = died, bilirubin = bili,
  sex = as.character(sex), oedema = paste0("grade ", edema), treatment = as.character(trt), id = id))

digits <- function(frame) {
  for (column in names(frame)) if (is.numeric(frame[[column]])) frame[[column]] <- ifelse(is.na(frame[[column]]), "", sprintf("%.15g", frame[[column]]))
  frame
}
put <- function(frame, file) write.csv(digits(frame), file, row.names = FALSE, quote = FALSE)
for (name in names(spells)) put(spells[[name]], paste0("hazards_", name, ".csv"))

tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
tests <- tables <- NULL
late_test <- function(name, by, strata = "") {
  rows <- spells[[name]]
  group <- factor(rows[[by]]); layer <- if (nzchar(strata)) rows[[strata]] else rep("all", nrow(rows))
  tables <- list()
  for (one in unique(layer)) for (time in sort(unique(rows$exit[rows$event == 1 & layer == one]))) {
    at_risk <- layer == one & rows$entry < time & rows$exit >= time
    leaves <- factor(rows$exit[at_risk] == time & rows$event[at_risk] == 1, c(TRUE, FALSE))
    if (sum(at_risk) > 1) tables[[length(tables) + 1]] <- table(leaves, group[at_risk])
  }
  test <- mantelhaen.test(array(unlist(tables), c(2, nlevels(group), length(tables))), correct = FALSE)
  tests <<- rbind(tests, data.frame(data = name, by = by, strata = strata, statistic = unname(test$statistic), df = unname(test$parameter), p_value = test$p.value))
}
early_test <- function(name, by, strata = "") {
  rows <- spells[[name]]
  formula <- as.formula(paste("Surv(exit, event) ~", by, if (nzchar(strata)) paste("+ strata(", strata, ")")))
  fit <- survdiff(formula, rows)
  tests <<- rbind(tests, data.frame(data = name, by = by, strata = strata, statistic = fit$chisq, df = length(fit$n) - 1, p_value = fit$pvalue))
  sums <- function(x) if (is.matrix(x)) rowSums(x) else x
  tables <<- rbind(tables, data.frame(data = name, by = by, strata = strata, group = sub("^[^=]*=", "", names(fit$n)),
    spells = as.vector(fit$n), observed = sums(fit$obs), expected = sums(fit$exp)))
}
suppressWarnings({
  early_test("veteran", "celltype"); early_test("veteran", "celltype", "prior"); early_test("veteran", "trt", "celltype")
  late_test("lung", "ecog"); late_test("lung", "sex", "ecog"); late_test("heart", "transplant"); late_test("bladder", "rx", "enum"); late_test("mgus2", "sex"); late_test("mgus2", "spike", "decade")
})
put(tests, "logrank_tests.csv")
put(tables, "logrank_tables.csv")

fits <- coefficients <- checks <- NULL
cox <- function(name, covariates, strata = "", cluster = "") {
  label <- paste(c(name, covariates, if (nzchar(strata)) paste0("strata ", strata), if (nzchar(cluster)) paste0("cluster ", cluster)), collapse = " + ")
  rows <- spells[[name]]
  for (column in covariates) if (is.character(rows[[column]])) rows[[column]] <- factor(rows[[column]], sort(unique(rows[[column]]), method = "radix"))
  if (is.factor(rows$spike)) rows$spike <- factor(as.character(rows$spike), sort(unique(as.character(rows$spike)), method = "radix"))
  formula <- as.formula(paste("Surv(entry, exit, event) ~", paste(covariates, collapse = "+"), if (nzchar(strata)) paste("+ strata(", strata, ")")))
  rows$person <- if (nzchar(cluster)) rows[[cluster]] else seq_len(nrow(rows))
  fit <- if (nzchar(cluster)) coxph(formula, rows, ties = "efron", control = tight, cluster = person) else coxph(formula, rows, ties = "efron", control = tight)
  fit0 <- coxph(formula, rows, ties = "efron", control = tight)
  check <- cox.zph(fit0, transform = "km")$table
  limits <- summary(fit)$conf.int; last <- ncol(summary(fit)$coefficients)
  fits <<- rbind(fits, data.frame(fit = label, data = name, covariates = paste(covariates, collapse = " "), strata = strata, cluster = cluster,
    null_log_likelihood = fit$loglik[1], log_likelihood = fit$loglik[2], spells = fit$n, events = fit$nevent))
  coefficients <<- rbind(coefficients, data.frame(fit = label, term = names(fit$coefficients), coefficient = unname(fit$coefficients),
    standard_error = unname(sqrt(diag(fit$var))), hazard_ratio = limits[, 1], lower = limits[, 3], upper = limits[, 4], p_value = summary(fit)$coefficients[, last]))
  checks <<- rbind(checks, data.frame(fit = label, covariate = rownames(check), statistic = check[, 1], df = check[, 2], p_value = check[, 3]))
}
cox("heart", "transplant")
cox("heart", c("age", "year", "surgery", "transplant"))
cox("heart", c("age", "transplant"), strata = "surgery", cluster = "id")
cox("veteran", c("trt", "celltype", "karno"))
cox("veteran", c("celltype", "karno"), strata = "prior")
cox("lung", c("sex", "ecog"))
cox("lung", c("sex", "ecog"), strata = "half")
cox("lung", c("age", "sex", "ecog"))
cox("mgus2", c("sex", "spike"))
cox("mgus2", c("spike"), strata = "sex")
cox("bladder", c("rx", "number", "size"), strata = "enum", cluster = "id")
cox("pbcseq", c("bilirubin", "sex", "oedema"), cluster = "id")
cox("pbcseq", c("bilirubin", "oedema"), strata = "treatment")
put(fits, "cox_fits.csv")
put(coefficients, "cox_coefficients.csv")
put(checks, "cox_checks.csv")

"""What all charts and tables are drawn with: colours, axes, widths of texts, the figure and the HTML table."""

"""What a pipeline of a service copies and pastes: make each report that its checklist takes, push it, ask the gate."""

from readiness.portfolio.pipelines.page import PipelinePage, read_pipeline_page

__all__ = ["PipelinePage", "read_pipeline_page"]
